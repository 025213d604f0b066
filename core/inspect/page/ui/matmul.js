"use strict";
// A convolution by kernels of one pixel is a matrix product: Y[Cout,HW] = W X + b. Each column is a pixel.
{
  const { ui } = Reel;
  const { el } = ui;

  const isProduct = (node) => {
    if (!ui.isConvolution(node)) return false;
    const k = ui.convolution(node);
    const pads = k.top + k.bottom + k.left + k.right;
    return k.kh * k.kw === 1 && k.groups === 1 && pads === 0 && k.stride[0] === 1 && k.stride[1] === 1;
  };

  // Where the number that the page speaks of lies: image, output channel, pixel.
  const placeOf = (k, { node, element }) => {
    if (node === k.w) return { n: 0, o: Math.floor(element / k.c), p: 0 };
    if (node !== k.node && node !== k.x) return { n: 0, o: 0, p: 0 };
    const [n, channel, p] = Reel.index([k.n, node === k.node ? k.o : k.c, k.h * k.width], element);
    return { n, o: node === k.node ? channel : 0, p };
  };

  const matrix = (k, node, label, size, first, more) =>
    ui.tensorGrid(node, false, size, (r, c) => first + r * size[1] + c, {
      key: `matmul-${label}-${k.node}`,
      label,
      width: 300,
      ...more,
    });

  const matrices = (k, { n, o, p }) => {
    const pixels = k.h * k.width;
    const row = (r) => (r === o ? "tap" : "");
    const column = (r, c) => (c === p ? "tap" : "");
    const all = [
      matrix(k, k.node, "Y", [k.o, pixels], n * k.o * pixels, { picked: [o, p] }),
      matrix(k, k.w, "W", [k.o, k.c], 0, { mark: row, width: 160 }),
      matrix(k, k.x, "X", [k.c, pixels], n * k.c * pixels, { mark: column }),
    ];
    if (k.b !== undefined) all.push(matrix(k, k.b, ui.nameOf(k.b), [k.o, 1], 0, { mark: row, width: 40 }));
    return all;
  };

  const sum = (k, { n, o, p }) => {
    const number = { node: k.node, gradient: false, element: (n * k.o + o) * k.h * k.width + p };
    const explanation = ui.explain(ui.trace.valueEvent(k.node), number.element);
    if (!explanation) return null;
    const { terms, sum: total } = explanation;
    const text = (term) =>
      term.a.node === k.b ? Reel.format(term.a.value) : `${Reel.format(term.b.value)} × ${Reel.format(term.a.value)}`;
    return el(
      "p.lab-sum",
      el("b", `Y[${o},${p}]`),
      " = ",
      terms.length <= 12 ? terms.map(text).join(" + ") : `${terms.length} terms`,
      " = ",
      ui.numeral("strong", total, ui.hidden(number)),
      ui.setNote(number, total),
    );
  };

  const pixelView = (k, { n, o, p }) => {
    const size = [k.h, k.width];
    const picked = Reel.index(size, p);
    const grid = matrix(k, k.node, `${ui.nameOf(k.node)}[${n},${o}]`, size, (n * k.o + o) * k.h * k.width, {
      key: `matmul-pixel-${k.node}`,
      title: `pixel ${p} is row ${picked[0]}, column ${picked[1]}`,
      picked,
      width: 160,
    });
    return ui.figure(grid);
  };

  const chosen = ({ focus }, all) =>
    all.find((node) => node === focus.node) ??
    all.find((node) => ui.trace.nodes[node].inputs.includes(focus.node)) ??
    all[0];

  const body = (k, place) => {
    if (!ui.tensor(k.node, false)) return ui.notYet(k.node, false);
    if ([k.x, k.w, k.node].some((node) => ui.tensor(node, false).summary)) {
      return ui.note(`Too large for the page; in the terminal: matmul ${ui.nameOf(k.node)}`);
    }
    const title = ({ label, rows, cols }, i) =>
      el("span", el("b", label), ` ${ui.shapeText(i < 3 ? [rows, cols] : [rows])}`);
    const figures = matrices(k, place).map((grid, i) => ui.figure({ ...grid, title: title(grid, i) }));
    return [ui.joined(["", "=", "·", "+"], figures), sum(k, place), pixelView(k, place)];
  };

  const draw = (state) => {
    const all = ui.trace.nodes.map((_, i) => i).filter(isProduct);
    if (!all.length) return ui.note("This program has no 1×1 convolution.");
    const k = ui.convolution(chosen(state, all));
    const place = placeOf(k, state.focus);
    return [
      el(
        "p.story",
        el("b", ui.nameOf(k.node)),
        ` = ${ui.callText(k.node)}. At each pixel it is ` +
          `the same linear layer, from ${Reel.counted(k.c, "channel")} to ${k.o}: write the pixels side by side ` +
          `and it is one matrix product${k.n > 1 ? ` (image ${place.n} of ${k.n})` : ""}.`,
      ),
      body(k, place),
    ];
  };

  ui.panel("panel-matmul", ({ time, focus, predict, solved }) => [time, focus, predict, solved], draw);
}
