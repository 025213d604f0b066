"use strict";
// The keyboard, as in the terminal stepper.
{
  const { ui } = Reel;
  const { el } = ui;

  const toggle = (id) => document.getElementById(id)?.click();

  const askTime = () => {
    const dialog = el("dialog.ask", { "aria-label": Reel.text("go to an event") });
    const input = el("input", {
      type: "number",
      min: 0,
      max: ui.trace.events.length,
      value: ui.state.time,
      id: "goto",
    });
    dialog.append(
      el(
        "form",
        { method: "dialog", onsubmit: () => input.value !== "" && ui.go(Number(input.value)) },
        el("label", { for: "goto" }, Reel.text("go to event (0 to {0})", ui.trace.events.length), " "),
        input,
        el("button", Reel.text("Go")),
      ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    input.select();
  };

  const kNextView = { value: "gradient", gradient: "both", both: "value" };
  const kKeys = [
    ["s", () => Reel.text("step: one event on"), () => ui.step(1)],
    ["b", () => Reel.text("back: one event"), () => ui.step(-1)],
    ["f", () => Reel.text("end of the forward pass (fwd)"), () => ui.go(ui.forwardEnd())],
    ["w", () => Reel.text("end of the backward pass (bwd)"), () => ui.go(ui.trace.events.length)],
    ["k", () => Reel.text("play or pause"), () => document.querySelector("[data-key=play-time]").click()],
    ["g", () => Reel.text("go to an event (goto)"), askTime],
    ["Home", () => Reel.text("start"), () => ui.go(0)],
    ["End", () => Reel.text("end"), () => ui.go(ui.trace.events.length)],
    ["/", () => Reel.text("ask why of a number, by name"), () => document.getElementById("why-input").select()],
    ["v", () => Reel.text("value, gradient or both"), () => ui.update({ view: kNextView[ui.state.view] })],
    ["p", () => Reel.text("predict on or off"), () => toggle("predict-toggle")],
    ["x", () => Reel.text("flip the kernel of the window"), () => toggle("flip")],
    ["l", () => Reel.text("large type, for the hall"), ui.toggleLarge],
    ["o", () => Reel.text("one panel alone, or all (Esc)"), ui.toggleAlone],
    ["?", () => Reel.text("these keys"), () => document.getElementById("help").showModal()],
  ];
  const kInGrids = [
    ["← ↑ → ↓", () => Reel.text("in a grid: the next number")],
    ["Enter", () => Reel.text("in a grid: set the number")],
    ["Ctrl-Z", () => Reel.text("undo what was set")],
  ];

  const draw = () => [
    el(
      "dl.keys",
      [...kKeys, ...kInGrids].map(([key, text]) => ui.fact(el("kbd", key), text())),
    ),
    el("details", el("summary", Reel.text("Words")), ui.glossaryList()),
  ];
  ui.panel("help", () => "", draw);

  const isText = (target) => target.matches("textarea, select, input:not([type=range], [type=checkbox])");

  const onKey = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (isText(event.target) || document.querySelector("dialog[open]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "Escape") return ui.leaveAlone();
    const entry = kKeys.find(([key]) => key === event.key);
    if (!entry) return;
    event.preventDefault();
    entry[2]();
  };

  ui.startKeys = () => {
    document.addEventListener("keydown", onKey);
    document.getElementById("help-open").addEventListener("click", () => document.getElementById("help").showModal());
    document.getElementById("why-form").addEventListener("submit", (event) => {
      event.preventDefault();
      ui.ask(document.getElementById("why-input").value.replace(/^\s*why\s+/, ""));
    });
  };
}
