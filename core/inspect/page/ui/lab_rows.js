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
    let scale = 0;
    let sum = 0;
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

  // Pixels as "row,column", of all (a, b) below (rows, cols).
  const pixelsOf = (rows, cols, place) =>
    new Set(Array.from({ length: rows * cols }, (_, i) => place(Math.floor(i / cols), i % cols).join(",")));
  const windowOf = (k, i, j) => pixelsOf(k.kh, k.kw, (u, v) => ui.tapAt(k, i, j, u, v));

  // ---- One output: a window of each input channel times the kernel slice of that channel.

  const outputRow = (k, [n, o, i, j], c, terms, flip) => {
    const channel = ui.firstChannel(k, o) + c;
    const taps = windowOf(k, i, j);
    const image = ui.imageGrid(k, n, channel, (h, w) => (taps.has(`${h},${w}`) ? "tap" : ""), {
      frame: k.dilation.every((d) => d === 1) ? frameOf(k, i, j) : null,
    });
    const kernel = ui.kernelGrid(k, o, c, nothing, flip);
    const x = (u, v) => {
      const [h, w] = ui.tapAt(k, i, j, u, v);
      return ui.inImage(k, h, w) ? image.at(h + k.top, w + k.left) : 0;
    };
    const one = k.kh * k.kw === 1;
    const product = (u, v) => (flip ? x(u, v) * kernel.at(u, v) : terms.get(one ? `${c}` : `${c},${u},${v}`)?.product);
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
    const used = pixelsOf(k.oh, k.ow, (i, j) => ui.tapAt(k, i, j, u, v));
    const window = windowOf(k, ...cell);
    const one = ui.tapAt(k, ...cell, u, v).join(",");
    const mark = (h, w) =>
      `${used.has(`${h},${w}`) ? "used" : ""} ${window.has(`${h},${w}`) ? "window" : ""} ` +
      `${one === `${h},${w}` ? "tap one" : ""}`;
    const pickCell = {
      picked: cell,
      pick: (i, j) => ui.update({ lab: { node: -1, ...ui.state.lab, conv: k.node, cell: [i, j] } }),
    };
    const image = ui.imageGrid(k, n, channel, mark, { frame: frameOf(k, ...cell) });
    const result = ui.resultGrid(k, true, n, o, nothing, pickCell);
    const { sum, grid } = productGrid(`products-${n}`, k.oh, k.ow, (i, j) => terms.get(`${n},${i},${j}`)?.product, {
      ...pickCell,
      mark: (i, j) => (ui.inImage(k, ...ui.tapAt(k, i, j, u, v)) ? "" : "pad"),
    });
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

  // How many windows of an image had a pixel under tap (u, v), and not padding.
  const windowsWithPixel = (k, u, v) => {
    const all = Array.from({ length: k.oh * k.ow }, (_, p) => ui.tapAt(k, Math.floor(p / k.ow), p % k.ow, u, v));
    return all.filter(([h, w]) => ui.inImage(k, h, w)).length;
  };
  const usersText = (k, [, , u = 0, v = 0]) => {
    const all = k.n * k.oh * k.ow;
    const used = k.n * windowsWithPixel(k, u, v);
    if (used === all) return `All ${all} windows used this weight, each with another pixel.`;
    return `${used} of the ${all} windows used this weight, each with another pixel; the others had padding there.`;
  };

  ui.labWeight = (k, element, cell) => {
    const event = ui.gradientFrom(k, 1);
    const place = Reel.index(ui.trace.nodes[k.w].shape, element);
    if (!ui.happened(event)) return { absent: [k.w, true] };
    const explanation = ui.explain(event, element);
    if (!explanation) return { reason: ui.trace.unsupported(event, element) };
    const terms = termsByLoop(explanation);
    const window = cell || largestOf(explanation);
    const [o, c, ...tap] = place;
    const kernel = ui.kernelGrid(k, o, c, nothing);
    const rows = Array.from({ length: k.n }, (_, n) => weightRow(k, n, place, terms, window));
    return {
      node: k.w,
      gradient: true,
      element,
      lead: [kernel.label, { ...kernel, picked: tap.length ? tap : [0, 0] }],
      rows,
      bias: null,
      sum: explanation.sum,
      story:
        `${usersText(k, place)} The pixel times the gradient of the window's output, summed. ` +
        "Pick an output to see its window.",
    };
  };

  // ---- One pixel: every output that it touched, by the weight that met it. The further down and right a window
  // lies, the further up and left in it is the pixel: beside the outputs the kernel stands turned.

  const pixelRow = (k, n, o, c, touched, terms, gradient) => {
    const met = new Map(touched.map(({ i, j, u, v }) => [`${i},${j}`, `${u},${v}`]));
    const taps = new Set(touched.map(({ u, v }) => `${k.kh - 1 - u},${k.kw - 1 - v}`));
    const result = ui.resultGrid(k, gradient, n, o, (i, j) => (met.has(`${i},${j}`) ? "tap" : ""));
    const mark = (r, s) => (taps.has(`${r},${s}`) ? "tap" : "idle");
    const kernel = ui.kernelGrid(k, o, c % k.groupIn, mark, true);
    const one = k.kh * k.kw === 1;
    const parts = [
      [result.label, result],
      [`${kernel.label}${one ? "" : " turned"}`, kernel],
    ];
    const name = `output channel ${o}`;
    if (!terms) return { name, sum: null, parts };
    const product = (i, j) => {
      const tap = met.get(`${i},${j}`);
      return tap && terms.get(one ? `${o}` : `${o},${tap}`)?.product;
    };
    const { sum, grid } = productGrid(`products-${o}`, k.oh, k.ow, product);
    return { name, sum, parts: [...parts, ["products", grid]] };
  };

  const pixelStory = (k, count, event, happened) => {
    const where = `This pixel is in ${Reel.counted(count, "window")} of each output channel`;
    if (event < 0) return `${where}. It is an input without a gradient, so there are no products.`;
    if (!happened) return `${where}. Its gradient is not yet computed.`;
    const turned =
      k.kh * k.kw === 1
        ? ""
        : " The kernel meets them turned by 180°: the further down and right an output, the further up and left in " +
          "its window is the pixel.";
    return `${where}: the gradient of each such output times the weight that met the pixel.${turned}`;
  };

  const pixelImage = (k, [n, c, h, w]) => {
    const image = ui.imageGrid(k, n, c, nothing);
    return [image.label, { ...image, picked: [h + k.top, w + k.left] }, bordered(k)];
  };

  ui.labPixel = (k, element) => {
    const place = Reel.index(ui.trace.nodes[k.x].shape, element);
    const [n, c, h, w] = place;
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
    return {
      node: k.x,
      gradient: true,
      element,
      lead: pixelImage(k, place),
      rows,
      bias: null,
      sum: explanation ? explanation.sum : null,
      story: pixelStory(k, touched.length, event, happened),
    };
  };
}
