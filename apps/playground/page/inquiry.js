"use strict";
// Stop and ask: the page of the step that comes next, and the terminal's stepper on the same step.
{
  const { ui, text, playground } = Reel;
  const { ask, on } = playground;
  const dialog = document.getElementById("inquiry");

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

  const heading = (title, note) =>
    ui.el(
      "header.masthead",
      ui.el("p.brand", "Reel"),
      ui.el("h1", title),
      note,
      ui.button(text("Back to the training"), () => dialog.close(), { class: "primary", id: "close-inquiry" }),
    );

  const open = ({ step, page, opening }) => {
    const frame = ui.el("iframe", { title: text("Step {0}, number by number", step), id: "step-page" });
    frame.srcdoc = page;
    dialog.replaceChildren(
      heading(text("Step {0}, before it is made", step), ui.note(text("Ask the page or the terminal why any number is what it is."))),
      ui.el("div.inquiry", frame, terminal(opening)),
    );
  };

  on("stop", async () => {
    try {
      open(await ask({ ask: "stop" }));
    } catch (error) {
      dialog.replaceChildren(heading(text("This step cannot be asked"), ui.el("p.error", { role: "alert" }, error.message)));
    }
    dialog.showModal();
  });
}
