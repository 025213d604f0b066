"use strict";
// Stop and ask: the page of the step that comes next, and the terminal's stepper on the same step.
{
  const { ui, text, playground } = Reel;
  const { ask, on } = playground;
  const dialog = document.getElementById("inquiry");
  const kWide = 1500; // pixels, from which on page and terminal stand side by side at once
  let withTerminal = innerWidth >= kWide;

  const terminal = (opening) => {
    const output = ui.el("pre", { id: "answers", tabindex: 0, "aria-label": text("Answers") }, opening);
    const input = ui.el("input", {
      type: "text",
      id: "command",
      spellcheck: "false",
      autocapitalize: "off",
      "aria-label": text("A command of the stepper, such as: help"),
      placeholder: text("help, or why dloss"),
    });
    const answer = async () => {
      const line = input.value;
      input.value = "";
      const { text: said } = await ask({ ask: "line", line });
      output.append(`\n(step) ${line}\n${said}`);
      output.scrollTop = output.scrollHeight;
    };
    return ui.el("div.terminal", output, ui.form({ autocomplete: "off" }, answer, ui.el("span", "(step)"), input));
  };

  const bar = (...content) =>
    ui.el(
      "header.masthead.inquiry-bar",
      ui.el("p.brand", "Reel"),
      content,
      ui.button(text("Back to the training"), () => dialog.close(), { class: "primary", id: "close-inquiry" }),
    );

  const showTerminal = (shown) => {
    withTerminal = shown;
    dialog.classList.toggle("with-terminal", shown);
  };

  const whichImages = (chosen) =>
    ui.choice(text("images"), { first: text("One image"), all: text("The whole batch") }, chosen, open);

  const draw = ({ step, page, opening }, images) => {
    const frame = ui.el("iframe", { title: text("Step {0}, number by number", step), id: "step-page", srcdoc: page });
    const note = text(
      "Step {0} is not made yet. The page and the terminal both begin at it; what is changed in one is not changed in the other, nor in the training.",
      step,
    );
    const toggle = ui.toggle("with-terminal", text("terminal"), withTerminal, showTerminal);
    dialog.replaceChildren(bar(whichImages(images), toggle, ui.note(note)), ui.el("div.inquiry", frame, terminal(opening)));
    showTerminal(withTerminal);
  };

  const open = async (images) => {
    try {
      draw(await ask({ ask: "stop", images }), images);
    } catch (error) {
      const fault = ui.el("p.error", { role: "alert" }, text("This step cannot be shown: {0}", error.message));
      dialog.replaceChildren(bar(whichImages(images), fault));
    }
    if (!dialog.open) dialog.showModal();
  };

  on("stop", () => open("first"));
}
