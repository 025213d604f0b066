"use strict";
// The tensor that was picked: its value, its gradient or both, slice by slice.
{
  const { ui } = Reel;
  const { el } = ui;
  const kSlices = 16; // side by side
  const kCells = 324; // numbers in all of them, beyond which they are heat maps
  const kNarrow = 5; // rows and columns of numbers in the column at the side

  // Where the page has two columns, as narrow.css says, the panel stands in the narrow one.
  const kTwoColumns = 900; // pixels, beyond which there are two
  const isNarrow = () => !ui.isAlone() && innerWidth > kTwoColumns * ui.zoom();
  let drawnNarrow = null;
  window.addEventListener("resize", () => isNarrow() !== drawnNarrow && ui.restyle());

  /// How a tensor lies on paper: matrices of the last two dimensions, as many as the others say. Kernels of one
  /// pixel and lists lie better as one matrix.
  ui.layout = (shape) => {
    let dims = shape.slice();
    if (dims.length === 4 && dims[2] === 1 && dims[3] === 1) dims = dims.slice(0, 2);
    while (dims.length < 2) dims.unshift(1);
    const [rows, cols] = dims.slice(-2);
    return { rows, cols, lead: dims.slice(0, -2), size: rows * cols };
  };

  /// One slice of a tensor, whose first element is `first`.
  ui.sliceGrid = (node, gradient, first, more) => {
    const { rows, cols, size } = ui.layout(ui.trace.nodes[node].shape);
    const { focus } = ui.state;
    const place = focus.node === node ? focus.element - first : -1;
    const element = (r, c) => first + r * cols + c;
    return ui.tensorGrid(node, gradient, [rows, cols], element, {
      key: `slice-${node}-${gradient ? "d" : "v"}-${first}`,
      picked: place >= 0 && place < size ? Reel.index([rows, cols], place) : null,
      mark: (r, c) => ui.markOf({ node, gradient, element: element(r, c) }),
      ...more,
    });
  };

  // ---- Which slices: the last leading dimension is spread out, those before it are chosen.

  const dimensionInput = ({ node, gradient }, shape, index, d) =>
    el(
      "label.dimension",
      Reel.text("dim {0}", d),
      " ",
      el("input", {
        type: "number",
        min: 0,
        max: shape[d] - 1,
        value: index[d],
        "data-key": `dim-${d}`,
        onchange: (event) => {
          const to = Math.max(0, Math.min(shape[d] - 1, Math.trunc(Number(event.target.value)) || 0));
          ui.look(node, gradient, Reel.element(shape, index.with(d, to)));
        },
      }),
      " ",
      Reel.text("of {0}", shape[d]),
    );

  const selectors = (focus) => {
    const { shape } = ui.trace.nodes[focus.node];
    const { lead } = ui.layout(shape);
    const index = Reel.index(shape, focus.element);
    const chosen = (d) => shape[d] > 1 && (d < lead.length - 1 || shape[d] > kSlices);
    const inputs = lead.flatMap((_, d) => (chosen(d) ? [dimensionInput(focus, shape, index, d)] : []));
    return inputs.length ? el("div.dimensions", inputs) : null;
  };

  const sliceTitle = (name, lead, slice) => (lead.length ? `${name}[${Reel.index(lead, slice).join(",")},:,:]` : name);

  // Where all slices as numbers would be too many, one is, and heat maps of all stand below it.
  const slices = (node, gradient, tensor, wide) => {
    const { lead, size, cols } = ui.layout(tensor.shape);
    const here = Math.floor(ui.state.focus.element / size);
    const spread = lead.at(-1) ?? 1;
    const at = here % spread;
    const from = at - (at % kSlices); // with the slice that has the element
    const to = Math.min(from + kSlices, spread);
    const many = spread > 1 && (to - from) * size > kCells;
    const name = ui.nameOf(node, gradient);
    const figure = (s, more) =>
      ui.figure({ ...ui.sliceGrid(node, gradient, s * size, more), title: sliceTitle(name, lead, s) });
    const narrow = isNarrow();
    const width = narrow ? 240 : spread === 1 && cols > 100 ? 760 : 320;
    const single = narrow ? { width, limit: kNarrow, digits: cols > 3 ? 2 : 3 } : { width };
    const each = many ? { width: narrow ? 72 : wide ? 140 : 110, limit: 0, thumb: true } : single;
    return [
      el(
        "div.slices",
        many && el("div.whole-row", figure(here, { ...single, key: `one-${node}-${gradient}` })),
        Array.from({ length: to - from }, (_, s) => figure(here - at + from + s, each)),
      ),
      to - from < spread && ui.note(Reel.text("slices {0} to {1} of {2}", from, to - 1, spread)),
    ];
  };

  // ---- The panel.

  const statistics = ({ data }) => {
    if (data.length < 2) return "";
    const finite = data.filter(Number.isFinite);
    const odd = data.length - finite.length;
    const sum = finite.reduce((total, x) => total + x, 0);
    const low = finite.reduce((least, x) => Math.min(least, x), Infinity);
    const high = finite.reduce((most, x) => Math.max(most, x), -Infinity);
    const text = finite.length
      ? Reel.text("min {0}, max {1}, mean {2}", ui.brief(low), ui.brief(high), ui.brief(sum / finite.length))
      : "";
    return [text, odd ? Reel.text("{0} not finite", odd) : ""].filter(Boolean).join(", ");
  };

  const side = (node, gradient, wide) => {
    const tensor = ui.tensor(node, gradient);
    const partly = gradient && tensor && ui.trace.gradEvents(node).some((event) => !ui.happened(event));
    const body = !tensor
      ? ui.notYet(node, gradient)
      : tensor.summary
        ? ui.summary(node, gradient, tensor)
        : tensor.data.length === 0
          ? ui.noElements(node)
          : slices(node, gradient, tensor, wide && !isNarrow());
    return el(
      "div.side-of-tensor",
      { "data-tensor": gradient ? "gradient" : "value" },
      el(
        "h3",
        Reel.pieces(gradient ? "gradient {0}" : "value {0}", el("b", ui.nameOf(node, gradient))),
        tensor?.data && !ui.hidesIn(node, gradient) ? el("small", statistics(tensor)) : null,
      ),
      partly && ui.note(Reel.text("Summed up so far; other ops have yet to add to it.")),
      body,
    );
  };

  const heading = (i) => {
    const node = ui.trace.nodes[i];
    return el(
      "p.lead",
      el("b", node.name),
      " = ",
      node.op,
      node.inputs.length > 0 && ["(", node.inputs.map((input, k) => [k ? ", " : "", ui.linkToNode(input)]), ")"],
      el(
        "span.facts",
        ui.shapeText(node.shape),
        node.scope && [" · ", Reel.text("layer {0}", node.scope)],
        node.where ? ` · ${node.where}` : "",
      ),
    );
  };

  const draw = ({ focus, view }) => {
    drawnNarrow = isNarrow();
    const both = view === "both";
    const { node } = focus;
    const { cols } = ui.layout(ui.trace.nodes[node].shape);
    const broad = cols > 100 || (cols > 4 && cols <= 16); // numbers that do not fit in half of the panel
    const views = { value: Reel.text("value"), gradient: Reel.text("gradient"), both: Reel.text("both") };
    return [
      heading(node),
      el(
        "div.controls",
        ui.choice(Reel.text("show"), views, view, (to) => ui.update({ view: to })),
        ui.trace.nodes[node].value?.data?.length > 0 && selectors(focus),
      ),
      el(
        "div",
        { class: both && !broad ? "pair" : "single" },
        view !== "gradient" && side(node, false, !both || broad),
        view !== "value" && side(node, true, !both || broad),
      ),
    ];
  };

  const shown = ({ time, focus, view, predict, solved }) => [time, focus, view, predict, solved];
  ui.panel("panel-tensor", shown, draw);
}
