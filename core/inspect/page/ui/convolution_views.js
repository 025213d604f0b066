"use strict";
// A convolution seen from one output, one weight or one pixel: rows of what is multiplied with what, the products and
// their sub-total, and the grid that the sum stands in.
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
      summands: products.filter((product) => product !== null),
      key,
      rows,
      cols,
      scale: ui.scale({ data: products }),
      label: Reel.text("products"),
      at: (r, c) => products[r * cols + c],
      width: 176,
      height: 176,
      limit: ui.kNumbersOfStage,
      digits: ui.digitsOfRow(cols),
      ...more,
    };
  };

  // A row of the stage: grids, the last of them products, which add up to its sub-total.
  const rowOf = (name, parts) => {
    const { summands } = parts.at(-1);
    return { name, parts, summands, sum: summands.reduce((sum, product) => sum + product, 0) };
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

  const kOfSeveral = { width: 128, height: 128 };

  // ---- The window, which a hand or the arrow keys move.

  const clamp = (at, count) => Math.max(0, Math.min(count - 1, at));
  // The window whose middle is nearest to a place of the padded image.
  const windowAt = (k, r, s) => [
    clamp(Math.round((r - ((k.kh - 1) * k.dilation[0]) / 2) / k.stride[0]), k.oh),
    clamp(Math.round((s - ((k.kw - 1) * k.dilation[1]) / 2) / k.stride[1]), k.ow),
  ];
  // What makes an image one that is dragged; `move(i, j)` goes to a window.
  const dragged = (k, [i, j], move) => {
    const go = (to) => (to[0] !== i || to[1] !== j) && move(...to);
    return {
      pick: null,
      drag: (r, s) => go(windowAt(k, r, s)),
      walk: ([down, right]) => go([clamp(i + down, k.oh), clamp(j + right, k.ow)]),
    };
  };

  // ---- One output: a window of each input channel times the kernel slice of that channel.

  const outputRow = (k, [n, o, i, j], c, products, flip) => {
    const channel = ui.firstChannel(k, o) + c;
    const taps = windowOf(k, i, j);
    const frame = frameOf(k, i, j);
    const move = (to, s) => ui.look(k.node, false, Reel.element([k.n, k.o, k.oh, k.ow], [n, o, to, s]));
    const image = ui.imageGrid(k, n, channel, (h, w) => (taps.has(`${h},${w}`) ? "tap" : ""), {
      ...(k.groupIn > 1 && kOfSeveral),
      frame: k.dilation.every((d) => d === 1) ? frame : null,
      ...dragged(k, [i, j], move),
    });
    const kernel = ui.kernelGrid(k, o, c, nothing, flip);
    const x = (u, v) => image.at(frame[0] + u * k.dilation[0], frame[1] + v * k.dilation[1]) ?? 0;
    const product = (u, v) => (flip ? x(u, v) * kernel.at(u, v) : products.get(placeOf(k, c, `${u},${v}`)));
    const grid = productGrid(`products-${c}`, k.kh, k.kw, product, {
      mark: (u, v) => (meetsPixel(k, i, j, u, v) ? "" : "pad"),
    });
    const title = flip ? Reel.text("{0} turned", kernel.label) : kernel.label;
    return rowOf(Reel.text("channel {0}", channel), [image, { ...kernel, title }, grid]);
  };

  // While the window slides, the outputs that it has not come to are pale.
  const laterThan = (k, i, j) => (r, s) =>
    ui.state.playing === "slide" && (r > i || (r === i && s > j)) ? "idle" : "";

  ui.outputView = (k, { event, element, flip }) => {
    const place = Reel.index(ui.trace.nodes[k.node].shape, element);
    const [n, o, i, j] = place;
    const explanation = ui.explain(event, element);
    const products = productsOf(explanation);
    const rows = Array.from({ length: k.groupIn }, (_, c) => outputRow(k, place, c, products, flip));
    const bias = k.b === undefined ? null : ui.tensor(k.b, false).data[o];
    return {
      rows,
      bias,
      correlation: explanation.sum,
      sum: flip ? rows.reduce((sum, row) => sum + row.sum, bias ?? 0) : explanation.sum,
      result: ui.resultGrid(k, false, n, o, laterThan(k, i, j), { picked: [i, j] }),
      story: [
        Reel.text(
          "Each pixel in the window is multiplied with the weight that lies on it, and the products are summed.",
        ),
        k.b === undefined ? "" : Reel.text("The bias is added once."),
        Reel.text("Drag the window, or let it slide: each place gives one number of {0}.", ui.nameOf(k.node)),
      ],
    };
  };

  // ---- What the gradient stands in.

  const gradientGrid = (k, node, event, size, first, more) =>
    ui.tensorGrid(node, true, size, (r, c) => first + r * size[1] + c, {
      event,
      key: `result-${k.node}-${node}-${first}`,
      limit: ui.kNumbersOfStage,
      digits: ui.digitsOfRow(size[1]),
      ...more,
    });

  // ---- One weight: every window that used it, with the gradient of what it made.

  const weightRow = (k, n, [o, c, u = 0, v = 0], products, cell) => {
    const used = pixelsOf(k.oh, k.ow, (i, j) => ui.tapAt(k, i, j, u, v));
    const window = windowOf(k, ...cell);
    const one = ui.tapAt(k, ...cell, u, v).join(",");
    const mark = (h, w) =>
      `${used.has(`${h},${w}`) ? "used" : ""} ${window.has(`${h},${w}`) ? "window" : ""} ` +
      `${one === `${h},${w}` ? "tap one" : ""}`;
    const move = (i, j) => ui.update({ cell: [i, j] });
    const picking = { picked: cell, pick: move };
    const image = ui.imageGrid(k, n, ui.firstChannel(k, o) + c, mark, {
      frame: frameOf(k, ...cell),
      ...dragged(k, cell, move),
    });
    const result = ui.resultGrid(k, true, n, o, nothing, picking);
    const grid = productGrid(`products-${n}`, k.oh, k.ow, (i, j) => products.get(`${n},${i},${j}`), {
      ...picking,
      mark: (i, j) => (meetsPixel(k, i, j, u, v) ? "" : "pad"),
    });
    return rowOf(Reel.text("image {0}", n), [image, result, grid]);
  };

  // The output whose term is the largest: a window worth a look.
  const largestOf = ({ terms }) =>
    terms.reduce((best, term) => (Math.abs(term.product) > Math.abs(best.product) ? term : best)).loop.slice(1);

  // How many windows had a pixel under the weight's tap, and not padding.
  const usersText = (k, [, , u = 0, v = 0]) => {
    const all = k.n * k.oh * k.ow;
    const used = k.n * ui.cells(k.oh, k.ow).filter(([i, j]) => meetsPixel(k, i, j, u, v)).length;
    return used === all
      ? Reel.text("All {0} windows used this weight, each with another pixel.", all)
      : Reel.text("{0} of the {1} windows used this weight; the others had padding there.", used, all);
  };

  ui.weightView = (k, { event, element, cell }) => {
    const place = Reel.index(ui.trace.nodes[k.w].shape, element);
    const [o, c, u = 0, v = 0] = place;
    const explanation = ui.explain(event, element);
    const products = productsOf(explanation);
    const window = cell ?? largestOf(explanation);
    const key = `kernel-${k.node}-${o}-${c}`; // who walks over the kernel walks on here
    const picked = { key, label: `${ui.briefName(k.w, true)}[${o},${c}]`, picked: [u, v] };
    return {
      rows: Array.from({ length: k.n }, (_, n) => weightRow(k, n, place, products, window)),
      sum: explanation.sum,
      result: gradientGrid(k, k.w, event, [k.kh, k.kw], (o * k.groupIn + c) * k.kh * k.kw, picked),
      story: [
        usersText(k, place),
        Reel.text("The pixel times the gradient of what its window made, summed."),
        Reel.text("Drag the window to see which pixel it was."),
      ],
    };
  };

  // ---- One pixel: every output that it touched, by the weight that met it. The further down and right a window
  // lies, the further up and left in it is the pixel: beside the outputs the kernel stands turned.

  const pixelRow = (k, n, o, c, touched, products) => {
    const met = new Map(touched.map(({ i, j, u, v }) => [`${i},${j}`, `${u},${v}`]));
    const taps = new Set(touched.map(({ u, v }) => `${k.kh - 1 - u},${k.kw - 1 - v}`));
    const result = ui.resultGrid(k, true, n, o, (i, j) => (met.has(`${i},${j}`) ? "tap" : ""));
    const mark = (r, s) => (taps.has(`${r},${s}`) ? "tap" : "idle");
    const kernel = ui.kernelGrid(k, o, c % k.groupIn, mark, true);
    const title = k.kh * k.kw === 1 ? kernel.label : Reel.text("{0} turned", kernel.label);
    const product = (i, j) => (met.has(`${i},${j}`) ? products.get(placeOf(k, o, met.get(`${i},${j}`))) : null);
    const grid = productGrid(`products-${o}`, k.oh, k.ow, product);
    return rowOf(Reel.text("output channel {0}", o), [result, { ...kernel, title }, grid]);
  };

  const pixelStory = (k, count) => [
    count === 1
      ? Reel.text("One window of each output channel holds this pixel.")
      : Reel.text("{0} windows of each output channel hold this pixel.", count),
    Reel.text("The gradient of each such output times the weight that met the pixel, summed."),
    k.kh * k.kw === 1
      ? ""
      : Reel.text(
          "The kernel stands turned: the further down and right a window, the further up and left in it the pixel.",
        ),
  ];

  ui.pixelView = (k, { event, element }) => {
    const [n, c, h, w] = Reel.index(ui.trace.nodes[k.x].shape, element);
    const touched = ui.touchedBy(k, h, w);
    const explanation = ui.explain(event, element);
    const products = productsOf(explanation);
    const first = Math.floor(c / k.groupIn) * k.groupOut;
    const picked = { label: `${ui.briefName(k.x, true)}[${n},${c}]`, picked: [h, w], width: 176, height: 176 };
    return {
      rows: Array.from({ length: k.groupOut }, (_, o) => pixelRow(k, n, first + o, c, touched, products)),
      sum: explanation.sum,
      result: gradientGrid(k, k.x, event, [k.h, k.width], (n * k.c + c) * k.h * k.width, picked),
      story: pixelStory(k, touched.length),
    };
  };
}
