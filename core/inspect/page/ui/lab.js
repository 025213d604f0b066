"use strict";
// The convolution lab: one output, one weight or one pixel of a convolution, with all that is multiplied for it.
{
  const { ui } = Reel;
  const { el } = ui;
  const kRows = 3; // channels or images, before all are asked for

  const convolutions = () => ui.trace.nodes.map((_, i) => i).filter(ui.isConvolution);
  const readsIt = (conv, node) => ui.trace.nodes[conv].inputs.indexOf(node);

  // ---- What the lab shows follows the number that the page speaks of; of other numbers it keeps the last.

  let last = null; // {conv, mode, element}
  const kModes = ["pixel", "weight"];

  const targetOf = ({ focus, lab }) => {
    const all = convolutions();
    const asInput = lab !== null && lab.node === focus.node;
    if (ui.isConvolution(focus.node) && !asInput) return { conv: focus.node, mode: "output", element: focus.element };
    const readers = all.filter((conv) => kModes[readsIt(conv, focus.node)]);
    const conv = asInput || readers.includes(lab?.conv) ? lab.conv : readers[0];
    if (conv !== undefined) return { conv, mode: kModes[readsIt(conv, focus.node)], element: focus.element };
    return last && all.includes(last.conv) ? last : { conv: all[0], mode: "output", element: 0 };
  };

  const lookAs = (k, mode) => {
    const [node, input] = { output: [k.node, -1], weight: [k.w, 1], pixel: [k.x, 0] }[mode];
    const gradient = input >= 0 && ui.gradientFrom(k, input) >= 0;
    ui.update({
      focus: { node, gradient, element: 0 },
      lab: { conv: k.node, cell: null, node: input >= 0 ? node : -1 },
    });
  };

  // ---- Drawing.

  const rowView = ({ name, sum, parts }, hide) =>
    el(
      "div.lab-row",
      el("h3", name),
      ui.joined(
        ["", "×", "="],
        parts.map((grid, i) => (i === 2 && hide ? ui.captioned(grid.label, ui.note("hidden")) : ui.figure(grid))),
        sum !== null && el("p.subtotal", el("span", "sub-total"), ui.numeral("b", sum, hide)),
      ),
    );

  const addedUp = ({ rows, bias }) => {
    const signed = (value) => (value < 0 ? ` - ${Reel.format(-value)}` : ` + ${Reel.format(value)}`);
    const few = rows.map(({ sum }, i) => (i ? signed(sum) : Reel.format(sum))).join("");
    const parts = rows.length <= 8 ? few : `${rows.length} sub-totals`;
    return [parts, bias !== null && [signed(bias), el("small", " bias")], " = "];
  };

  const sumLine = (view, hide, flip) => {
    const { rows, bias = null, sum, correlation } = view;
    if (sum === null) return null;
    const label = ui.label(view);
    const shown = hide ? "?" : Reel.format(correlation);
    return el(
      "p.lab-sum",
      { id: "lab-result" },
      el("b", flip ? `${label} turned` : label),
      " = ",
      !hide && (rows.length > 1 || bias !== null) && addedUp({ rows, bias }),
      ui.numeral("strong", sum, hide),
      flip
        ? el("span.compare", `cross-correlation, which the program computes, gives ${shown}`)
        : ui.setNote(view, sum),
    );
  };

  const controls = (k, target, flip) => {
    const all = convolutions();
    const pick = (event) => ui.look(Number(event.target.value), false, 0);
    const options = all.map((conv) => el("option", { value: conv, selected: conv === k.node }, ui.nameOf(conv)));
    const modes = { output: "one output", weight: "one weight", pixel: "one pixel" };
    return el(
      "div.controls",
      all.length > 1 && el("label", "convolution ", el("select", { "data-key": "lab-conv", onchange: pick }, options)),
      ui.choice("look at", modes, target.mode, (mode) => lookAs(k, mode)),
      ui.toggle("lab-flip", "flip the kernel (true convolution)", flip, (on) =>
        ui.update({
          flip: on,
          focus: target.mode === "output" ? ui.state.focus : { node: k.node, gradient: false, element: 0 },
        }),
      ),
    );
  };

  const flippedOf = Reel.remembering((node) => ui.trace.flipped(node), new Map());

  // All outputs of the channel, as they are and as they would be.
  const flipView = (k, element) => {
    const shape = ui.trace.nodes[k.node].shape;
    const [n, o, ...picked] = Reel.index(shape, element);
    const { data, reason } = flippedOf(k.node);
    if (reason) return ui.note(reason);
    const first = Reel.element(shape, [n, o, 0, 0]);
    const result = { ...ui.resultGrid(k, false, n, o, () => ""), picked };
    const turned = {
      key: `flipped-${k.node}`,
      title: "true convolution",
      scale: ui.scale({ data }),
      at: (i, j) => data[first + i * k.ow + j],
    };
    return el(
      "div.lab-parts.lab-flipped",
      ui.figure({ ...result, title: `${result.label}: cross-correlation` }),
      ui.figure({ ...result, ...turned }),
    );
  };

  const flipNote = (flip) =>
    flip &&
    ui.note(
      "A true convolution turns the kernel by 180° before it multiplies. " +
        "What deep learning calls convolution does not: it is a cross-correlation. A kernel that is learned " +
        "is learned turned.",
    );

  const views = {
    output: (k, element, state) =>
      ui.tensor(k.node, false) ? ui.labOutput(k, element, state.flip) : { absent: [k.node, false] },
    weight: (k, element, state) => ui.labWeight(k, element, state.lab?.conv === k.node ? state.lab.cell : null),
    pixel: (k, element) => ui.labPixel(k, element),
  };

  const rowsView = ({ rows }, hide) => {
    const rest = ui.state.opened.has("lab") ? 0 : rows.length - kRows;
    return [
      rows.slice(0, rest > 0 ? kRows : rows.length).map((row) => rowView(row, hide)),
      rest > 0 && ui.more(`… ${rest} more. `, "lab"),
    ];
  };

  const whole = (k) => [k.x, k.w, k.node].every((node) => !ui.trace.nodes[node].value?.summary);

  const body = (k, target, state) => {
    if (!whole(k))
      return ui.note(
        `Too large for the page; in the terminal: window ${ui.label({ ...target, node: k.node, gradient: false })}`,
      );
    const view = views[target.mode](k, target.element, state);
    if (view.absent) return ui.notYet(...view.absent);
    if (view.reason) return ui.note(view.reason);
    const hide = ui.hidden(view);
    const flip = state.flip && target.mode === "output";
    return [
      el("p.story", el("b", ui.label(view)), `. ${view.story}`),
      flipNote(flip),
      sumLine(view, hide, flip),
      view.lead && el("div.lab-lead", ui.figure(view.lead)), // what the number that is asked for stands in
      flip && !hide && flipView(k, view.element),
      rowsView(view, hide),
    ];
  };

  const draw = (state) => {
    if (!convolutions().length) return ui.note("This program has no convolution.");
    const target = (last = targetOf(state));
    const k = ui.convolution(target.conv);
    return [
      controls(k, target, state.flip),
      el("p.facts", `${ui.nameOf(k.node)} = ${ui.callText(k.node)}, ${ui.optionsText(k)}`),
      body(k, target, state),
    ];
  };

  const shown = ({ time, focus, flip, lab, predict, solved, opened }) => [
    time,
    focus,
    flip,
    lab,
    predict,
    solved,
    opened.has("lab"),
  ];
  ui.panel("panel-lab", shown, draw);
}
