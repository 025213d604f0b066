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

  // Where the number that the page speaks of lies: image, output channel, input channel, pixel.
  const placeOf = (k, { node, element }) => {
    const pixels = k.h * k.width;
    if (node === k.w) return { n: 0, o: Math.floor(element / k.c), c: element % k.c, p: 0 };
    if (node !== k.node && node !== k.x) return { n: 0, o: 0, c: 0, p: 0 };
    const channels = node === k.node ? k.o : k.c;
    const channel = Math.floor(element / pixels) % channels;
    return {
      n: Math.floor(element / pixels / channels),
      p: element % pixels,
      o: node === k.node ? channel : 0,
      c: node === k.x ? channel : 0,
    };
  };

  const matrix = (k, node, name, rows, cols, first, more) => {
    const tensor = ui.tensor(node, false);
    return {
      key: `matmul-${name}-${k.node}`,
      rows,
      cols,
      scale: ui.scale(tensor),
      label: name,
      width: 300,
      at: (r, c) => (ui.hidden(node, false, first + r * cols + c) ? "?" : tensor.data[first + r * cols + c]),
      pick: (r, c) => ui.look(node, false, first + r * cols + c),
      ...more,
    };
  };

  const matrices = (k, { n, o, p }) => {
    const pixels = k.h * k.width;
    const row = (r) => (r === o ? "tap" : "");
    const column = (c) => (c === p ? "tap" : "");
    return [
      ["Y", matrix(k, k.node, "Y", k.o, pixels, n * k.o * pixels, { picked: [o, p] })],
      ["W", matrix(k, k.w, "W", k.o, k.c, 0, { mark: (r) => row(r), width: 160 })],
      ["X", matrix(k, k.x, "X", k.c, pixels, n * k.c * pixels, { mark: (r, c) => column(c) })],
      k.b === undefined
        ? null
        : [ui.nameOf(k.b), matrix(k, k.b, ui.nameOf(k.b), k.o, 1, 0, { mark: (r) => row(r), width: 40 })],
    ].filter(Boolean);
  };

  const sum = (k, { n, o, p }) => {
    const pixels = k.h * k.width;
    const element = (n * k.o + o) * pixels + p;
    const explanation = ui.explain(ui.trace.valueEvent(k.node), element);
    if (!explanation) return null;
    const hide = ui.hidden(k.node, false, element);
    const few = explanation.terms.length <= 12;
    const text = (term) =>
      term.note === "bias" ? Reel.format(term.a.value) : `${Reel.format(term.b.value)} × ${Reel.format(term.a.value)}`;
    return el(
      "p.lab-sum",
      el("b", `Y[${o},${p}]`),
      " = ",
      few
        ? explanation.terms.map((term, i) => (i ? " + " : "") + text(term)).join("")
        : `${explanation.terms.length} terms`,
      " = ",
      el("strong", { class: hide ? "" : ui.signOf(explanation.sum) }, hide ? "?" : Reel.format(explanation.sum)),
      ui.setNote({ node: k.node, gradient: false, element }, explanation.sum),
    );
  };

  const pixelView = (k, { n, o, p }) => {
    const first = (n * k.o + o) * k.h * k.width;
    return ui.figure(
      `pixel ${p} is row ${Math.floor(p / k.width)}, column ${p % k.width}`,
      matrix(k, k.node, `${ui.nameOf(k.node)}[${n},${o}]`, k.h, k.width, first, {
        key: `matmul-pixel-${k.node}`,
        picked: [Math.floor(p / k.width), p % k.width],
        width: 160,
      }),
    );
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
    const joints = ["", "=", "·", "+"];
    const pixels = k.h * k.width;
    const sizes = [[k.o, pixels], [k.o, k.c], [k.c, pixels], [k.o]];
    return [
      el(
        "div.lab-parts",
        matrices(k, place).map(([name, grid], i) =>
          el(
            "div.joined",
            joints[i] && el("span.joint", { "aria-hidden": "true" }, joints[i]),
            ui.figure(el("span", el("b", name), ` ${ui.shapeText(sizes[i])}`), grid),
          ),
        ),
      ),
      sum(k, place),
      pixelView(k, place),
    ];
  };

  const render = (root, state) => {
    const all = ui.trace.nodes.map((_, i) => i).filter(isProduct);
    if (!all.length) return root.replaceChildren(ui.note("This program has no 1×1 convolution."));
    const k = ui.convolution(chosen(state, all));
    const place = placeOf(k, state.focus);
    root.replaceChildren(
      ...[
        el(
          "p.story",
          el("b", ui.nameOf(k.node)),
          ` = ${ui.callText(k.node)}. At each pixel it is ` +
            `the same linear layer, from ${Reel.counted(k.c, "channel")} to ${k.o}: write the pixels side by side ` +
            `and it is one matrix product${k.n > 1 ? ` (image ${place.n} of ${k.n})` : ""}.`,
        ),
        body(k, place),
      ]
        .flat()
        .filter(Boolean),
    );
  };

  ui.panels.push({
    id: "panel-matmul",
    key: ({ time, focus, predict, solved }) => `${time} ${ui.focusKey(focus)} ${predict} ${solved.size}`,
    render,
  });
}
