"use strict";
// Stop and ask: the page of the step that comes next, and the terminal's stepper on the same step.
{
  const { ui, playground } = Reel;
  const { ask, on } = playground;
  const dialog = document.getElementById("inquiry");
  const kWide = 1500; // pixels, from which on page and terminal stand side by side at once
  const kNarrow = 760; // up to which one stands below the other
  let withTerminal = innerWidth >= kWide;

  /// Of the terminal, in characters of 7.6 pixels: the whole width, or a part of it.
  const columns = () => {
    const room = innerWidth > kNarrow ? 0.38 * innerWidth : innerWidth;
    return Math.min(92, Math.floor((room - 30) / 7.6));
  };

  const terminal = (opening) => {
    const output = ui.el("pre", { id: "answers", tabindex: 0, "aria-label": Reel.text("Answers") }, opening);
    const input = ui.el("input", {
      type: "text",
      id: "command",
      spellcheck: "false",
      autocapitalize: "off",
      "aria-label": Reel.text("A command of the stepper, such as: help"),
      placeholder: Reel.text("help, or why dloss"),
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
      content,
      ui.button(Reel.text("Back to the training"), () => dialog.close(), { class: "primary", id: "close-inquiry" }),
    );

  const showTerminal = (shown) => {
    withTerminal = shown;
    dialog.classList.toggle("with-terminal", shown);
  };

  const whichImages = (chosen) =>
    ui.choice(Reel.text("images"), { first: Reel.text("One image"), all: Reel.text("The whole batch") }, chosen, open);

  const draw = ({ step, page, opening }, images) => {
    const frame = ui.el("iframe", { title: Reel.text("Step {0}, number by number", step), id: "step-page", srcdoc: page });
    const note = Reel.text(
      "Step {0} is not made yet. What you change in the page stays in the page, what you change in the terminal in the terminal; the training knows nothing of it.",
      step,
    );
    const toggle = ui.toggle("with-terminal", Reel.text("terminal"), withTerminal, showTerminal);
    dialog.replaceChildren(bar(whichImages(images), toggle, ui.note(note)), ui.el("div.inquiry", frame, terminal(opening)));
    dialog.style.setProperty("--columns", columns());
    showTerminal(withTerminal);
  };

  const open = async (images) => {
    try {
      draw(await ask({ ask: "stop", images, columns: columns() }), images);
    } catch (error) {
      const fault = ui.el("p.error", { role: "alert" }, Reel.text("This step cannot be shown: {0}", error.message));
      dialog.replaceChildren(bar(whichImages(images), fault));
    }
    if (!dialog.open) dialog.showModal();
  };

  on("stop", () => open("first"));
}
