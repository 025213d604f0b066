"use strict";
// The keyboard, as in the terminal stepper.
{
  const { ui } = Reel;
  const { el } = ui;

  const toggle = (id) => document.getElementById(id)?.click();

  const askTime = () => {
    const dialog = el("dialog.ask", { "aria-label": "go to an event" });
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
        el("label", { for: "goto" }, `go to event (0 to ${ui.trace.events.length}) `),
        input,
        el("button", "Go"),
      ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    input.select();
  };

  const kNextView = { value: "gradient", gradient: "both", both: "value" };
  const kKeys = [
    ["s", "step: one event on", () => ui.step(1)],
    ["b", "back: one event", () => ui.step(-1)],
    ["f", "end of the forward pass (fwd)", () => ui.go(ui.forwardEnd())],
    ["w", "end of the backward pass (bwd)", () => ui.go(ui.trace.events.length)],
    ["k", "play or pause", () => document.querySelector("[data-key=play-time]").click()],
    ["g", "go to an event (goto)", askTime],
    ["Home", "start", () => ui.go(0)],
    ["End", "end", () => ui.go(ui.trace.events.length)],
    ["/", "ask why of a number, by name", () => document.getElementById("why-input").select()],
    ["v", "value, gradient or both", () => ui.update({ view: kNextView[ui.state.view] })],
    ["p", "predict on or off", () => toggle("predict-toggle")],
    ["x", "flip the kernel of the window", () => toggle("flip")],
    ["l", Reel.text("large type, for the hall"), ui.toggleLarge],
    ["o", Reel.text("one panel alone, or all (Esc)"), ui.toggleAlone],
    ["?", "these keys", () => document.getElementById("help").showModal()],
  ];
  const kInGrids = [
    ["← ↑ → ↓", "in a grid: the next number"],
    ["Enter", "in a grid: set the number"],
    ["Ctrl-Z", "undo what was set"],
  ];

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
    document.querySelector("#help .body").replaceChildren(
      el(
        "dl.keys",
        [...kKeys, ...kInGrids].map(([key, text]) => ui.fact(el("kbd", key), text)),
      ),
      el("details", el("summary", Reel.text("Words")), ui.glossaryList()),
    );
    document.getElementById("why-form").addEventListener("submit", (event) => {
      event.preventDefault();
      ui.ask(document.getElementById("why-input").value.replace(/^\s*why\s+/, ""));
    });
  };
}
