"use strict";
// The rows of the convolution lab, for each way to look at a convolution: what is multiplied with what, the
// products and their sub-total.
{
  const { ui } = Reel;

  const nothing = () => "";

  // Products by the place of their term in the loop, as the engine sums them.
  const productsOf = ({ terms }) =>
    new Map(terms.filter(({ loop }) => loop.length).map(({ loop, product }) => [loop.join(","), product]));
  // The place of a channel and a tap there: the loop of a kernel of one pixel is over channels alone.
  const placeOf = (k, channel, tap) => (k.kh * k.kw === 1 ? `${channel}` : `${channel},${tap}`);

  const productGrid = (key, rows, cols, find, more) => {
    const products = ui.cells(rows, cols).map(([r, c]) => find(r, c) ?? null);
    return {
      sum: products.reduce((sum, product) => sum + product, 0),
      key,
      rows,
      cols,
      scale: ui.scale({ data: products }),
      label: "products",
      at: (r, c) => products[r * cols + c],
      width: 220,
      limit: 9,
      ...more,
    };
  };

  // The window of output (i, j) in the padded image: its first and its last row and column.
  const frameOf = (k, i, j) => {
    const [row, column] = [i * k.stride[0], j * k.stride[1]];
    return [row, column, row + (k.kh - 1) * k.dilation[0], column + (k.kw - 1) * k.dilation[1]];
  };

  // Pixels as "row,column", of all (a, b) below (rows, cols).
  const pixelsOf = (rows, cols, place) => new Set(ui.cells(rows, cols).map(([a, b]) => place(a, b).join(",")));
  const windowOf = (k, i, j) => pixelsOf(k.kh, k.kw, (u, v) => ui.tapAt(k, i, j, u, v));
  const meetsPixel = (k, i, j, u, v) => ui.inImage(k, ...ui.tapAt(k, i, j, u, v));

  // ---- One output: a window of each input channel times the kernel slice of that channel.

  const outputRow = (k, [n, o, i, j], c, products, flip) => {
    const channel = ui.firstChannel(k, o) + c;
    const taps = windowOf(k, i, j);
    const frame = frameOf(k, i, j);
    const image = ui.imageGrid(k, n, channel, (h, w) => (taps.has(`${h},${w}`) ? "tap" : ""), {
      frame: k.dilation.every((d) => d === 1) ? frame : null,
    });
    const kernel = ui.kernelGrid(k, o, c, nothing, flip);
    const x = (u, v) => image.at(frame[0] + u * k.dilation[0], frame[1] + v * k.dilation[1]) ?? 0;
    const product = (u, v) => (flip ? x(u, v) * kernel.at(u, v) : products.get(placeOf(k, c, `${u},${v}`)));
    const grid = productGrid(`products-${c}`, k.kh, k.kw, product, {
      width: 160,
      mark: (u, v) => (meetsPixel(k, i, j, u, v) ? "" : "pad"),
    });
    const title = `${kernel.label}${flip ? " turned" : ""}`;
    return { name: `channel ${channel}`, sum: grid.sum, parts: [image, { ...kernel, title }, grid] };
  };

  ui.labOutput = (k, element, flip) => {
    const event = ui.trace.valueEvent(k.node);
    const place = Reel.index(ui.trace.nodes[k.node].shape, element);
    const [n, o, i, j] = place;
    const explanation = ui.explain(event, element);
    if (!explanation) return { reason: ui.trace.unsupported(event, element) };
    const products = productsOf(explanation);
    const rows = Array.from({ length: k.groupIn }, (_, c) => outputRow(k, place, c, products, flip));
    const bias = k.b === undefined ? null : ui.tensor(k.b, false).data[o];
    return {
      node: k.node,
      gradient: false,
      element,
      rows,
      bias,
      sum: rows.reduce((total, row) => total + row.sum, 0) + (bias ?? 0),
      correlation: explanation.sum,
      story:
        `Image ${n}, output channel ${o}, row ${i}, column ${j}: the window times the kernel, channel by channel` +
        `${k.b === undefined ? "" : "; the bias is added once"}.`,
    };
  };

  // ---- One weight: every window that used it, with the gradient of what it made.

  const weightRow = (k, n, [o, c, u = 0, v = 0], products, cell) => {
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
    const image = ui.imageGrid(k, n, ui.firstChannel(k, o) + c, mark, { frame: frameOf(k, ...cell) });
    const result = ui.resultGrid(k, true, n, o, nothing, pickCell);
    const grid = productGrid(`products-${n}`, k.oh, k.ow, (i, j) => products.get(`${n},${i},${j}`), {
      ...pickCell,
      mark: (i, j) => (meetsPixel(k, i, j, u, v) ? "" : "pad"),
    });
    return { name: `image ${n}`, sum: grid.sum, parts: [image, result, grid] };
  };

  // The output whose term is the largest: a window worth a look.
  const largestOf = ({ terms }) =>
    terms.reduce((best, term) => (Math.abs(term.product) > Math.abs(best.product) ? term : best)).loop.slice(1);

  // How many windows had a pixel under the weight's tap, and not padding.
  const usersText = (k, [, , u = 0, v = 0]) => {
    const all = k.n * k.oh * k.ow;
    const used = k.n * ui.cells(k.oh, k.ow).filter(([i, j]) => meetsPixel(k, i, j, u, v)).length;
    if (used === all) return `All ${all} windows used this weight, each with another pixel.`;
    return `${used} of the ${all} windows used this weight, each with another pixel; the others had padding there.`;
  };

  ui.labWeight = (k, element, cell) => {
    const event = ui.gradientFrom(k, 1);
    const place = Reel.index(ui.trace.nodes[k.w].shape, element);
    if (!ui.happened(event)) return { absent: [k.w, true] };
    const explanation = ui.explain(event, element);
    if (!explanation) return { reason: ui.trace.unsupported(event, element) };
    const products = productsOf(explanation);
    const window = cell || largestOf(explanation);
    const [o, c, ...tap] = place;
    return {
      node: k.w,
      gradient: true,
      element,
      lead: { ...ui.kernelGrid(k, o, c, nothing), picked: tap.length ? tap : [0, 0] },
      rows: Array.from({ length: k.n }, (_, n) => weightRow(k, n, place, products, window)),
      sum: explanation.sum,
      story:
        `${usersText(k, place)} The pixel times the gradient of the window's output, summed. ` +
        "Pick an output to see its window.",
    };
  };

  // ---- One pixel: every output that it touched, by the weight that met it. The further down and right a window
  // lies, the further up and left in it is the pixel: beside the outputs the kernel stands turned.

  const pixelRow = (k, n, o, c, touched, products, gradient) => {
    const met = new Map(touched.map(({ i, j, u, v }) => [`${i},${j}`, `${u},${v}`]));
    const taps = new Set(touched.map(({ u, v }) => `${k.kh - 1 - u},${k.kw - 1 - v}`));
    const result = ui.resultGrid(k, gradient, n, o, (i, j) => (met.has(`${i},${j}`) ? "tap" : ""));
    const mark = (r, s) => (taps.has(`${r},${s}`) ? "tap" : "idle");
    const kernel = ui.kernelGrid(k, o, c % k.groupIn, mark, true);
    const title = `${kernel.label}${k.kh * k.kw === 1 ? "" : " turned"}`;
    const row = { name: `output channel ${o}`, sum: null, parts: [result, { ...kernel, title }] };
    if (!products) return row;
    const product = (i, j) => (met.has(`${i},${j}`) ? products.get(placeOf(k, o, met.get(`${i},${j}`))) : null);
    const grid = productGrid(`products-${o}`, k.oh, k.ow, product);
    return { ...row, sum: grid.sum, parts: [...row.parts, grid] };
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

  ui.labPixel = (k, element) => {
    const [n, c, h, w] = Reel.index(ui.trace.nodes[k.x].shape, element);
    const event = ui.gradientFrom(k, 0);
    const touched = ui.touchedBy(k, h, w);
    const happened = ui.happened(event);
    const explanation = happened ? ui.explain(event, element) : null;
    const products = explanation && productsOf(explanation);
    const first = Math.floor(c / k.groupIn) * k.groupOut;
    if (!ui.tensor(k.node, happened)) return { absent: [k.node, false] };
    return {
      node: k.x,
      gradient: true,
      element,
      lead: { ...ui.imageGrid(k, n, c, nothing), picked: [h + k.top, w + k.left] },
      rows: Array.from({ length: k.groupOut }, (_, o) => pixelRow(k, n, first + o, c, touched, products, happened)),
      sum: explanation ? explanation.sum : null,
      story: pixelStory(k, touched.length, event, happened),
    };
  };
}
