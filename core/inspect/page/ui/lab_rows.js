"use strict";
// The rows of the convolution lab, for each way to look at a convolution: what is multiplied with what, the
// products and their sub-total.
{
  const { ui } = Reel;

  const nothing = () => "";

  // Products by the place of their term in the loop, as the engine sums them.
  const termsByLoop = (explanation) =>
    new Map(explanation.terms.filter((term) => term.loop.length).map((term) => [term.loop.join(","), term]));
  const productGrid = (key, rows, cols, find, more = {}) => {
    let scale = 0,
      sum = 0;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        const value = find(r, c) ?? 0;
        scale = Math.max(scale, Math.abs(value));
        sum += value;
      }
    }
    return {
      sum,
      grid: {
        key,
        rows,
        cols,
        scale,
        label: "products",
        at: (r, c) => find(r, c) ?? null,
        width: 220,
        limit: 9,
        ...more,
      },
    };
  };

  const bordered = (k) => Math.max(k.top + k.bottom, k.left + k.right);
  const asked = (k) => ui.trace.nodes[k.node].shape;

  // The window of output (i, j) in the padded image: its first and its last row and column.
  const frameOf = (k, i, j) =>
    [
      [0, 0],
      [k.kh - 1, k.kw - 1],
    ].flatMap(([u, v]) => {
      const [h, w] = ui.tapAt(k, i, j, u, v);
      return [h + k.top, w + k.left];
    });

  // ---- One output: a window of each input channel times the kernel slice of that channel.

  const outputRow = (k, [n, o, i, j], c, terms, flip) => {
    const channel = ui.firstChannel(k, o) + c;
    const taps = new Map();
    for (let u = 0; u < k.kh; u++) for (let v = 0; v < k.kw; v++) taps.set(ui.tapAt(k, i, j, u, v).join(","), [u, v]);
    const image = ui.imageGrid(k, n, channel, (h, w) => (taps.has(`${h},${w}`) ? "tap" : ""), {
      frame: k.dilation.every((d) => d === 1) ? frameOf(k, i, j) : null,
    });
    const kernel = ui.kernelGrid(k, o, c, nothing, flip);
    const x = (u, v) => {
      const [h, w] = ui.tapAt(k, i, j, u, v);
      return ui.inImage(k, h, w) ? image.at(h + k.top, w + k.left) : 0;
    };
    const one = k.kh * k.kw === 1;
    const product = (u, v) =>
      flip ? x(u, v) * kernel.at(u, v) : terms.get(one ? `${c}` : `${c},${u},${v}`)?.product;
    const { sum, grid } = productGrid(`products-${c}`, k.kh, k.kw, product, {
      width: 160,
      mark: (u, v) => (ui.inImage(k, ...ui.tapAt(k, i, j, u, v)) ? "" : "pad"),
    });
    return {
      name: `channel ${channel}`,
      sum,
      parts: [
        [image.label, image, bordered(k)],
        [`${kernel.label}${flip ? " turned" : ""}`, kernel],
        ["products", grid],
      ],
    };
  };

  ui.labOutput = (k, element, flip) => {
    const event = ui.trace.valueEvent(k.node);
    const place = Reel.index(asked(k), element);
    const [n, o, i, j] = place;
    const explanation = ui.explain(event, element);
    if (!explanation) return { reason: ui.trace.unsupported(event, element) };
    const terms = termsByLoop(explanation);
    const rows = Array.from({ length: k.groupIn }, (_, c) => outputRow(k, place, c, terms, flip));
    const bias = k.b === undefined ? null : ui.tensor(k.b, false).data[o];
    const sum = rows.reduce((total, row) => total + row.sum, 0) + (bias ?? 0);
    return {
      node: k.node,
      gradient: false,
      element,
      rows,
      bias,
      sum,
      correlation: explanation.sum,
      story:
        `Image ${n}, output channel ${o}, row ${i}, column ${j}: the window times the kernel, channel by channel` +
        `${k.b === undefined ? "" : "; the bias is added once"}.`,
    };
  };

  // ---- One weight: every window that used it, with the gradient of what it made.

  const weightRow = (k, n, place, terms, cell) => {
    const [o, c, u = 0, v = 0] = place;
    const channel = ui.firstChannel(k, o) + c;
    const used = new Set();
    const window = new Set();
    const one = ui.tapAt(k, ...cell, u, v).join(",");
    for (let i = 0; i < k.oh; i++) for (let j = 0; j < k.ow; j++) used.add(ui.tapAt(k, i, j, u, v).join(","));
    for (let p = 0; p < k.kh; p++) for (let q = 0; q < k.kw; q++) window.add(ui.tapAt(k, ...cell, p, q).join(","));
    const mark = (h, w) =>
      `${used.has(`${h},${w}`) ? "used" : ""} ${window.has(`${h},${w}`) ? "window" : ""} ` +
      `${one === `${h},${w}` ? "tap one" : ""}`;
    const pickCell = {
      picked: cell,
      pick: (i, j) => ui.update({ lab: { node: -1, ...ui.state.lab, conv: k.node, cell: [i, j] } }),
    };
    const image = ui.imageGrid(k, n, channel, mark, { frame: frameOf(k, ...cell) });
    const result = ui.resultGrid(k, true, n, o, nothing, pickCell);
    const { sum, grid } = productGrid(
      `products-${n}`,
      k.oh,
      k.ow,
      (i, j) => terms.get(`${n},${i},${j}`)?.product,
      pickCell,
    );
    return {
      name: `image ${n}`,
      sum,
      parts: [
        [image.label, image, bordered(k)],
        [result.label, result],
        ["products", grid],
      ],
    };
  };

  // The output whose term is the largest: a window worth a look.
  const largestOf = ({ terms }) =>
    terms.reduce((best, term) => (Math.abs(term.product) > Math.abs(best.product) ? term : best)).loop.slice(1);

  ui.labWeight = (k, element, cell) => {
    const event = ui.gradientFrom(k, 1);
    const place = Reel.index(ui.trace.nodes[k.w].shape, element);
    if (!ui.happened(event)) return { absent: [k.w, true] };
    const explanation = ui.explain(event, element);
    if (!explanation) return { reason: ui.trace.unsupported(event, element) };
    const terms = termsByLoop(explanation);
    const window = cell || largestOf(explanation);
    const rows = Array.from({ length: k.n }, (_, n) => weightRow(k, n, place, terms, window));
    return {
      node: k.w,
      gradient: true,
      element,
      rows,
      bias: null,
      sum: explanation.sum,
      result: [k.oh, k.ow],
      story:
        `All ${k.n * k.oh * k.ow} windows used this weight, each with another pixel. The pixel times the ` +
        "gradient of the window's output, summed. Pick an output to see its window.",
    };
  };

  // ---- One pixel: every output that it touched, by the weight that met it.

  const pixelRow = (k, n, o, c, touched, terms, gradient) => {
    const outputs = new Set(touched.map(({ i, j }) => `${i},${j}`));
    const taps = new Set(touched.map(({ u, v }) => `${u},${v}`));
    const result = ui.resultGrid(k, gradient, n, o, (i, j) => (outputs.has(`${i},${j}`) ? "tap" : ""));
    const kernel = ui.kernelGrid(k, o, c % k.groupIn, (u, v) => (taps.has(`${u},${v}`) ? "tap" : "idle"));
    const parts = [
      [result.label, result],
      [kernel.label, kernel],
    ];
    const name = `output channel ${o}`;
    if (!terms) return { name, sum: null, parts };
    const one = k.kh * k.kw === 1;
    const { sum, grid } = productGrid(
      `products-${o}`,
      k.kh,
      k.kw,
      (u, v) => terms.get(one ? `${o}` : `${o},${u},${v}`)?.product,
      { width: 160 },
    );
    return { name, sum, parts: [...parts, ["products, by tap", grid]] };
  };

  ui.labPixel = (k, element) => {
    const [n, c, h, w] = Reel.index(ui.trace.nodes[k.x].shape, element);
    const event = ui.gradientFrom(k, 0);
    const touched = ui.touchedBy(k, h, w);
    const happened = ui.happened(event);
    const explanation = happened ? ui.explain(event, element) : null;
    const terms = explanation && termsByLoop(explanation);
    const group = Math.floor(c / k.groupIn);
    if (!ui.tensor(k.node, happened)) return { absent: [k.node, false] };
    const rows = Array.from({ length: k.groupOut }, (_, o) =>
      pixelRow(k, n, group * k.groupOut + o, c, touched, terms, happened),
    );
    const where = `This pixel is in ${Reel.counted(touched.length, "window")} of each output channel`;
    return {
      node: k.x,
      gradient: true,
      element,
      rows,
      bias: null,
      sum: explanation ? explanation.sum : null,
      story:
        event < 0
          ? `${where}. It is an input without a gradient, so there are no products.`
          : !happened
            ? `${where}. Its gradient is not yet computed.`
            : `${where}: the gradient of each such output times the weight that met the pixel.`,
    };
  };
}
