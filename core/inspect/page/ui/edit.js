"use strict";
// Change a number: any value can be set, by a double click or Enter in a grid or by the field here. The page runs the step
// again, marks what changed, and brings back what was before.
{
  const { ui } = Reel;
  const { el } = ui;

  const kSame = 1e-9; // of the largest number of a tensor: less is rounding

  // ---- What was before.

  const past = []; // {trace, said}, the first is the program's own

  // The program's numbers were rounded where it stored them; beside the page's they are computed as these.
  const computedHere = Reel.remembering((trace) => trace.rerun());
  const before = () => (past.length > 1 ? past.at(-1).trace : computedHere(past[0].trace));

  const differs = (a, b, scale) => !Object.is(a, b) && !(Math.abs(a - b) <= kSame * scale);
  const tensorOf = (trace, { node, gradient }) => (gradient ? trace.nodes[node].grad : trace.nodes[node].value);
  const pairOf = (number) => {
    const [now, old] = [ui.trace, before()].map((trace) => tensorOf(trace, number));
    return { now, old, scale: Math.max(ui.scale(now), ui.scale(old)) };
  };

  /// What a number was before the last change, where that changed it; else null.
  ui.was = (number) => {
    const { node, gradient, element } = number;
    if (past.length === 0 || !ui.eventsOf(node, gradient).every(ui.happened) || !tensorOf(ui.trace, number)) return null;
    const { now, old, scale } = pairOf(number);
    return differs(now.data[element], old.data[element], scale) ? old.data[element] : null;
  };

  // How many numbers the last change has changed.
  const countChanged = () => {
    const tensors = ui.trace.nodes.flatMap((node, i) =>
      [{ node: i, gradient: false }, { node: i, gradient: true }].filter((one) => tensorOf(ui.trace, one)),
    );
    return tensors.reduce((count, one) => {
      const { now, old, scale } = pairOf(one);
      return count + now.data.reduce((sum, x, i) => sum + (differs(x, old.data[i], scale) ? 1 : 0), 0);
    }, 0);
  };

  // ---- Changes.

  const lossOf = (trace) => Reel.format(trace.nodes[trace.loss].value.data[0]);

  const show = (trace) => {
    ui.trace = trace;
    ui.state.solved = new Set(); // a number may be another now
    ui.redraw();
  };

  /// Shows the same step with other numbers; what is said of it stands in the panel.
  ui.branch = (trace, said) => {
    past.push({ trace: ui.trace, said });
    show(trace);
    ui.say(said);
  };

  /// Sets a value and computes everything again. False where it cannot be set, which is said.
  ui.set = ({ node, gradient, element }, value) => {
    const reason = gradient ? gradientReason(node) : ui.trace.whyFixed(node);
    if (reason) {
      ui.say(reason, true);
      return false;
    }
    const trace = ui.trace.with(node, element, value);
    const [old, before, after] = [ui.trace.nodes[node].value.data[element], lossOf(ui.trace), lossOf(trace)];
    const name = ui.label({ node, gradient, element });
    const pattern = "{0}: {1} → {2}; {3}: {4} → {5}";
    const said = Reel.text(pattern, name, Reel.format(old), Reel.format(value), ui.nameOf(trace.loss), before, after);
    ui.branch(trace, said);
    return true;
  };
  const gradientReason = (node) =>
    Reel.text("{0} is a gradient: it follows from the values, which can be set.", ui.nameOf(node, true));

  ui.undo = () => {
    if (past.length === 0) return ui.say(Reel.text("There is nothing to undo."));
    const { trace, said } = past.pop();
    show(trace);
    ui.say(Reel.text("Undone: {0}", said));
  };
  /// Back to what the program computed.
  ui.reset = () => {
    const [first] = past.splice(0);
    show(first.trace);
    ui.say(Reel.text("All numbers are the program's again."));
  };

  const onUndo = (event) => {
    const asks = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!asks || event.target.matches("input[type=text], input[type=number], textarea")) return;
    event.preventDefault();
    ui.undo();
  };

  // ---- A field over the cell of a grid.

  const kCell = "td[role=gridcell], canvas.heat[tabindex]";

  const wrongNumber = (text) =>
    Reel.text("“{0}” is no number: a number as 0.5, -1,5, 5/4 or 1e-3 is expected.", text);

  // Sets the number that a field says; false where it says none.
  const commit = (number, input) => {
    const value = ui.typed(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    if (value === null) ui.say(wrongNumber(input.value), true);
    return value !== null && ui.set(number, value);
  };

  const field = (number, attributes) =>
    el("input", {
      type: "text",
      size: 9,
      value: ui.hidden(number) ? "" : Reel.format(ui.number(number)),
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": Reel.text("new value of {0}", ui.label(number)),
      ...attributes,
    });

  // Enter or leaving it sets the number, where another was typed; Escape does not.
  const openOver = (cell, { left, top }) => {
    const { focus: number } = ui.state;
    const { key } = cell.dataset;
    const input = field(number, {});
    const untouched = input.value;
    let open = true;
    const close = () => {
      open = false;
      form.remove();
      [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus({ preventScroll: true });
    };
    const submit = (leaving) => {
      if (!open) return;
      if (input.value === untouched) return close();
      const wrong = ui.typed(input.value) === null;
      if (!wrong) close();
      commit(number, input);
      if (wrong && leaving) close();
    };
    input.addEventListener("blur", () => submit(true));
    input.addEventListener("keydown", (event) => event.key === "Escape" && close());
    const style = { left: `${left + scrollX}px`, top: `${top + scrollY}px` };
    const form = ui.form({ class: "over-cell", style }, () => submit(false), input);
    document.body.append(form);
    input.select();
  };

  // The cell that was picked is the number that the page now speaks of.
  const edit = (cell, place) => {
    const { focus } = ui.state;
    const reason = focus.gradient ? gradientReason(focus.node) : ui.trace.whyFixed(focus.node);
    if (reason) return ui.say(reason, true);
    openOver(cell, place);
  };

  const onDoubleClick = (event) => {
    const cell = event.target.closest(kCell);
    if (!cell) return;
    edit(cell, cell.matches("canvas") ? { left: event.clientX, top: event.clientY } : cell.getBoundingClientRect());
  };
  const onEnter = (event) => {
    if (event.key !== "Enter" || !event.target.matches(kCell)) return;
    event.preventDefault();
    const { key } = event.target.dataset;
    if (!event.target.matches(".picked, canvas")) event.target.click();
    const cell = [...document.querySelectorAll(kCell)].find((one) => one.dataset.key === key);
    if (cell) edit(cell, cell.getBoundingClientRect());
  };

  // ---- The panel.

  const setForm = (number) => {
    const input = field(number, { id: "edit-value", "data-key": "edit-value" });
    return ui.form(
      { id: "edit-form" },
      () => commit(number, input),
      el("label", { for: "edit-value" }, el("b", ui.label(number)), " = "),
      input,
      el("button", { type: "submit" }, Reel.text("Set")),
    );
  };

  // Where an infinity or a NaN first comes from.
  const notFinite = () => {
    const first = ui.trace.firstNotFinite();
    if (!first) return null;
    return ui.note(
      Reel.text("Not finite: the first such number is"),
      " ",
      ui.link(first),
      ` = ${Reel.format(tensorOf(ui.trace, first).data[first.element])}`,
    );
  };

  const lastChange = () => {
    if (past.length === 0) return null;
    return [
      el("p.change", { id: "edit-change" }, past.at(-1).said),
      ui.note(Reel.text("{0} numbers changed; they are marked.", ui.grouped(countChanged()))),
      notFinite(),
      el(
        "div.controls",
        ui.button(Reel.text("Undo"), ui.undo, { title: "Ctrl-Z", "data-key": "edit-undo" }),
        ui.button(Reel.text("Reset all"), ui.reset, { class: "quiet", "data-key": "edit-reset" }),
      ),
    ];
  };

  const invitation = (number) =>
    ui.trace.nodes[number.node].inputs.length === 0
      ? Reel.text("Or double-click any number in a grid. Everything is computed again here, on the page.")
      : Reel.text("Set here it is a constant: what follows reads it, and no gradient flows back through it.");

  const setting = (focus) => {
    const number = { ...focus, gradient: false };
    const reason = ui.trace.whyFixed(focus.node);
    if (reason) return ui.note(reason);
    if (!ui.happened(ui.trace.valueEvent(focus.node))) return ui.notYet(focus.node, false);
    return [setForm(number), ui.note(invitation(number))];
  };

  const draw = ({ focus }) =>
    el(
      "div.pair",
      el("div", el("h3", Reel.text("Set a number")), setting(focus), lastChange()),
      el("div", el("h3", Reel.text("Train")), ui.training()),
    );

  ui.startEditing = () => {
    document.addEventListener("keydown", onUndo);
    document.addEventListener("keydown", onEnter);
    document.addEventListener("dblclick", onDoubleClick);
  };

  const shown = ({ time, focus, predict, solved, trained }) => [time, focus, predict, solved, trained];
  ui.panel("panel-edit", shown, draw);
}
