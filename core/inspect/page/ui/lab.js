"use strict";
// The convolution lab: one output, one weight or one pixel of a convolution, with all that is multiplied for it.
{
  const { ui } = Reel;
  const { el } = ui;
  const kRows = 3; // channels or images, before all are asked for

  const allConvolutions = () => ui.trace.nodes.map((_, i) => i).filter(ui.isConvolution);
  const readsIt = (conv, node) => ui.trace.nodes[conv].inputs.indexOf(node);

  // ---- What the lab shows follows the number that the page speaks of; of other numbers it keeps the last.

  let last = null; // {conv, mode, element}
  const kModes = ["pixel", "weight"];

  const targetOf = ({ focus, lab }) => {
    const all = allConvolutions();
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

  const rowView = (row, hide) => {
    const joints = ["", "×", "="];
    return el(
      "div.lab-row",
      el("h3", row.name),
      el(
        "div.lab-parts",
        row.parts.map(([title, grid, border], i) =>
          el(
            "div.joined",
            joints[i] && el("span.joint", { "aria-hidden": "true" }, joints[i]),
            i === 2 && hide
              ? el("figure.matrix", el("figcaption", title), ui.note("hidden"))
              : ui.figure(title, grid, border || 0),
          ),
        ),
        row.sum === null
          ? null
          : el(
              "p.subtotal",
              el("span", "sub-total"),
              el("b", { class: hide ? "" : ui.signOf(row.sum) }, hide ? "?" : Reel.format(row.sum)),
            ),
      ),
    );
  };

  const sumLine = (view, hide, flip) => {
    if (view.sum === null || view.sum === undefined) return null;
    const shown = (value) => (hide ? "?" : Reel.format(value));
    const signed = (value) => (value < 0 ? ` - ${shown(-value)}` : ` + ${shown(value)}`);
    const alone = hide || (view.rows.length === 1 && view.bias === null);
    const few = view.rows.map((row, i) => (i ? signed(row.sum) : shown(row.sum))).join("");
    const parts = view.rows.length <= 8 ? few : `${view.rows.length} sub-totals`;
    const bias = view.bias === null ? "" : [signed(view.bias), el("small", " bias")];
    const label = ui.label(view);
    return el(
      "p.lab-sum",
      { id: "lab-result" },
      el("b", flip ? `${label} turned` : label),
      " = ",
      alone ? "" : [parts, bias, " = "],
      el("strong", { class: hide ? "" : ui.signOf(view.sum) }, shown(view.sum)),
      flip && el("span.compare", `cross-correlation, which the program computes, gives ${shown(view.correlation)}`),
      !flip && ui.setNote(view, view.sum),
    );
  };

  const controls = (k, target, flip) =>
    el(
      "div.controls",
      allConvolutions().length > 1 &&
        el(
          "label",
          "convolution ",
          el(
            "select",
            { "data-key": "lab-conv", onchange: (event) => ui.look(Number(event.target.value), false, 0) },
            allConvolutions().map((conv) => el("option", { value: conv, selected: conv === k.node }, ui.nameOf(conv))),
          ),
        ),
      ui.choice(
        "look at",
        [
          ["output", "one output"],
          ["weight", "one weight"],
          ["pixel", "one pixel"],
        ],
        target.mode,
        (mode) => lookAs(k, mode),
      ),
      el(
        "label.toggle",
        el("input", {
          type: "checkbox",
          id: "lab-flip",
          checked: flip,
          "data-key": "lab-flip",
          onchange: (event) => {
            ui.update({
              flip: event.target.checked,
              ...(target.mode === "output" ? {} : { focus: { node: k.node, gradient: false, element: 0 } }),
            });
          },
        }),
        " flip the kernel (true convolution)",
      ),
    );

  const flipped = new Map();
  const flippedOf = (node) => {
    if (!flipped.has(node)) flipped.set(node, ui.trace.flipped(node));
    return flipped.get(node);
  };

  // All outputs of the channel, as they are and as they would be.
  const flipView = (k, element) => {
    const shape = ui.trace.nodes[k.node].shape;
    const [n, o] = Reel.index(shape, element);
    const { data, reason } = flippedOf(k.node);
    if (reason) return ui.note(reason);
    const first = (n * k.o + o) * k.oh * k.ow;
    const result = ui.resultGrid(k, false, n, o, () => "");
    const place = element - first;
    const picked = [Math.floor(place / k.ow), place % k.ow];
    return el(
      "div.lab-parts.lab-flipped",
      ui.figure(`${result.label}: cross-correlation`, { ...result, picked }),
      ui.figure("true convolution", {
        ...result,
        key: `flipped-${k.node}`,
        picked,
        scale: ui.scale({ data }),
        at: (i, j) => data[first + i * k.ow + j],
      }),
    );
  };

  const flipNote = (flip) =>
    flip &&
    ui.note(
      "A true convolution turns the kernel by 180° before it multiplies. " +
        "What deep learning calls convolution does not: it is a cross-correlation. A kernel that is learned " +
        "is learned turned.",
    );

  // What the number that is asked for stands in.
  const leadView = ([title, grid, border]) => el("div.lab-lead", ui.figure(title, grid, border || 0));

  const views = {
    output: (k, element, state) =>
      ui.tensor(k.node, false) ? ui.labOutput(k, element, state.flip) : { absent: [k.node, false] },
    weight: (k, element, state) => ui.labWeight(k, element, state.lab?.conv === k.node ? state.lab.cell : null),
    pixel: (k, element) => ui.labPixel(k, element),
  };

  const rowsView = (view, hide) => {
    const open = ui.state.opened.has("lab");
    const count = open ? view.rows.length : kRows;
    const rest = view.rows.length - count;
    return [
      view.rows.slice(0, count).map((row) => rowView(row, hide)),
      rest > 0 &&
        el(
          "p.more",
          `… ${rest} more. `,
          ui.button("Show all", () => ui.update({ opened: ui.toggled(ui.state.opened, "lab") }), { class: "quiet" }),
        ),
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
    const hide = ui.hidden(view.node, view.gradient, view.element);
    const flip = state.flip && target.mode === "output";
    return [
      el("p.story", el("b", ui.label(view)), `. ${view.story}`),
      flipNote(flip),
      sumLine(view, hide, flip),
      view.lead && leadView(view.lead),
      flip && !hide && flipView(k, view.element),
      rowsView(view, hide),
    ];
  };

  const render = (root, state) => {
    if (!allConvolutions().length) return root.replaceChildren(ui.note("This program has no convolution."));
    const target = (last = targetOf(state));
    const k = ui.convolution(target.conv);
    root.replaceChildren(
      ...[
        controls(k, target, state.flip),
        el("p.facts", `${ui.nameOf(k.node)} = ${ui.callText(k.node)}, ${ui.optionsText(k)}`),
        body(k, target, state),
      ]
        .flat(3)
        .filter(Boolean),
    );
  };

  ui.panels.push({
    id: "panel-lab",
    key: ({ time, focus, flip, lab, predict, solved, opened }) =>
      `${time} ${ui.focusKey(focus)} ${flip} ${JSON.stringify(lab)} ${predict} ${solved.size} ${opened.has("lab")}`,
    render,
  });
}
