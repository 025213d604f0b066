"use strict";
// Change a number: any value can be set, by a double click or Enter in a grid or by the field in the panel, and the page
// runs the step again.
{
  const { ui } = Reel;
  const { el } = ui;

  const lossOf = (trace) => Reel.format(trace.nodes[trace.loss].value.data[0]);

  // Why a number cannot be set, or null.
  const reasonAgainst = ({ node, gradient }) =>
    gradient
      ? Reel.text("{0} is a gradient: it follows from the values, which can be set.", ui.nameOf(node, true))
      : ui.trace.whyFixed(node);

  /// Sets a value and computes everything again; where it cannot be set, that is said.
  ui.set = (number, value) => {
    const reason = reasonAgainst(number);
    if (reason) return ui.say(reason, true);
    const { node, element } = number;
    const trace = ui.trace.with(node, element, value);
    const old = ui.hidden(number) ? "?" : Reel.format(ui.trace.nodes[node].value.data[element]);
    const parts = [ui.label(number), old, Reel.format(value), ui.nameOf(trace.loss), lossOf(ui.trace), lossOf(trace)];
    ui.branch(trace, () => Reel.text("{0}: {1} → {2}; {3}: {4} → {5}", ...parts));
  };

  // ---- A field over the cell of a grid.

  const kCell = "td[data-number], canvas.heat[tabindex]";

  // Sets the number that a field says, or says that it is none.
  const commit = (number, input) => {
    const value = ui.typed(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    if (value !== null) return ui.set(number, value);
    ui.say(Reel.text("“{0}” is no number: a number as 0.5, -1,5, 5/4 or 1e-3 is expected.", input.value), true);
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

  const cellCalled = (key) => [...document.querySelectorAll(kCell)].find((cell) => cell.dataset.key === key);

  // Enter or leaving it sets the number, where another was typed; Escape does not.
  const openOver = (number, key, { left, top }) => {
    const input = field(number, {});
    const untouched = input.value;
    let open = true;
    const close = () => {
      open = false;
      form.remove();
      cellCalled(key)?.focus({ preventScroll: true });
    };
    const submit = (leaving) => {
      if (!open) return;
      const good = input.value !== untouched && ui.typed(input.value) !== null;
      if (good || leaving || input.value === untouched) close();
      if (input.value !== untouched) commit(number, input);
    };
    input.addEventListener("blur", () => submit(true));
    input.addEventListener("keydown", (event) => event.key === "Escape" && close());
    const style = { left: `${left + scrollX}px`, top: `${top + scrollY}px` };
    const form = ui.form({ class: "over-cell", style }, () => submit(false), input);
    document.body.append(form);
    input.select();
  };

  // A cell says which number it shows; of a heat map it is the one that was picked, and that the page speaks of.
  const numberOf = ({ dataset }) => {
    if (!dataset.number) return ui.state.focus;
    const [node, kind, element] = dataset.number.split("/");
    return { node: Number(node), gradient: kind === "d", element: Number(element) };
  };

  const edit = (cell, place = cell.getBoundingClientRect()) => {
    const number = numberOf(cell);
    const reason = reasonAgainst(number);
    if (reason) ui.say(reason, true);
    else openOver(number, cell.dataset.key, place);
  };

  const onDoubleClick = (event) => {
    const cell = event.target.closest(kCell);
    if (cell?.matches("canvas")) edit(cell, { left: event.clientX, top: event.clientY });
    else if (cell) edit(cell);
  };
  const onEnter = (event) => {
    if (event.key !== "Enter" || !event.target.matches(kCell)) return;
    event.preventDefault();
    edit(event.target);
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
    const { grad, value } = ui.trace.nodes[first.node];
    const number = Reel.format((first.gradient ? grad : value).data[first.element]);
    return ui.note(ui.link(first, Reel.text("Not finite: the first such number is {0} = {1}.", ui.label(first), number)));
  };

  const lastChange = () => {
    if (ui.lastChange() === "") return null;
    return [
      el("p.change", { id: "edit-change" }, ui.lastChange()),
      ui.note(Reel.text("Numbers that changed with it, and are marked: {0}.", ui.grouped(ui.countChanged()))),
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

  const draw = ({ focus }) => {
    const training = ui.training();
    return el(
      "div.pair",
      el("div", el("h3", Reel.text("Set a number")), setting(focus), lastChange()),
      training && el("div", el("h3", Reel.text("Train")), training),
    );
  };

  ui.startEditing = () => {
    document.addEventListener("keydown", onEnter);
    document.addEventListener("dblclick", onDoubleClick);
  };

  const shown = ({ time, focus, predict, solved, training, rate }) => [time, focus, predict, solved, training, rate];
  ui.panel("panel-edit", shown, draw);
}
