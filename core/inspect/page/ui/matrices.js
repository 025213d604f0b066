"use strict";
// Matrix products on the stage: Y = W X of a linear layer, and of a 1×1 convolution, where each column of X is a pixel;
// Y = A B of a matmul. Backward dW = dY Xᵀ and dX = Wᵀ dY.
{
  const { ui } = Reel;
  const { el } = ui;
  const kHeight = 150; // of heat maps
  const kTerms = 6; // that are written out

  // ---- Products: left · right = result, each a matrix within a tensor: element first + r * down + c * along.

  const matrix = (node, letter, [rows, cols], first, down, along) => ({ node, letter, rows, cols, first, down, along });
  const rowMajor = (node, letter, [rows, cols], first = 0) => matrix(node, letter, [rows, cols], first, cols, 1);

  const pointwise = (op, focus) => {
    const k = ui.convolution(op);
    const pixels = k.h * k.width;
    const pads = k.top + k.bottom + k.left + k.right;
    if (k.kh * k.kw !== 1 || k.groups !== 1 || pads || k.stride.some((one) => one !== 1)) return null;
    const image =
      focus.node === k.x ? Math.floor(focus.element / (k.c * pixels)) : Math.floor(focus.element / (k.o * pixels));
    const n = focus.node === k.x || focus.node === k.node ? image : 0;
    return {
      left: rowMajor(k.w, "W", [k.o, k.c]),
      right: rowMajor(k.x, "X", [k.c, pixels], n * k.c * pixels),
      result: rowMajor(op, "Y", [k.o, pixels], n * k.o * pixels),
      bias: k.b,
      image: [k.h, k.width],
      columns: Reel.text("Write the pixels side by side: each column is a pixel, image {0} of {1}.", n, k.n),
    };
  };

  // Each column is one row of what goes in, a sample.
  const linear = (op) => {
    const { inputs, shape, reads } = ui.trace.nodes[op];
    const [x, w, b] = inputs;
    if (inputs.length < 2 || reads[1].kind !== "weight" || shape.length === 0) return null;
    const [from, to] = [ui.trace.nodes[x].shape, ui.trace.nodes[w].shape];
    if (to.length !== 2 || from.at(-1) !== to[1] || shape.at(-1) !== to[0]) return null;
    const samples = Reel.numel(shape) / to[0];
    if (samples * to[1] !== Reel.numel(from)) return null;
    return {
      left: rowMajor(w, "W", to),
      right: matrix(x, "X", [to[1], samples], 0, 1, to[1]),
      result: matrix(op, "Y", [to[0], samples], 0, 1, to[0]),
      bias: b,
      columns: samples > 1 ? Reel.text("Each column is a sample.") : "",
    };
  };

  const matmul = (op) => {
    const { inputs, shape } = ui.trace.nodes[op];
    const shapes = inputs.map((input) => ui.trace.nodes[input].shape);
    if (inputs.length !== 2 || [...shapes, shape].some(({ length }) => length !== 2)) return null;
    const [[m, inner], [rows, n]] = shapes;
    const { macs } = ui.trace.cost().find(({ node }) => node === op);
    if (inner !== rows || shape[0] !== m || shape[1] !== n || macs !== m * inner * n) return null;
    return {
      left: rowMajor(inputs[0], "A", shapes[0]),
      right: rowMajor(inputs[1], "B", shapes[1]),
      result: rowMajor(op, "Y", shape),
      columns: "",
    };
  };

  const productOf = (op, focus) => (ui.isConvolution(op) ? pointwise(op, focus) : (linear(op) ?? matmul(op)));

  // ---- What is multiplied for a number: {left, right, result, bias}, of a gradient the turned ones.

  const turned = (m) => ({ ...m, rows: m.cols, cols: m.rows, down: m.along, along: m.down, mark: "ᵀ" });
  const gradient = (m) => ({ ...m, gradient: true });

  const askedOf = (product, { op, input }) => {
    const { left, right, result } = product;
    if (input < 0) return product;
    const node = ui.trace.nodes[op].inputs[input];
    if (node === left.node)
      return { ...product, bias: undefined, left: gradient(result), right: turned(right), result: gradient(left) };
    return { ...product, bias: undefined, left: turned(left), right: gradient(result), result: gradient(right) };
  };

  // The row and the column where an element stands.
  const placeIn = ({ rows, cols, first, down, along }, element) => {
    const at = element - first;
    if (cols === 1) return [at / down, 0];
    if (rows === 1) return [0, at / along];
    if (down > along) return [Math.floor(at / down), (at % down) / along];
    return [(at % along) / down, Math.floor(at / along)];
  };

  const letterOf = ({ letter, gradient: isGradient, mark = "" }) => `${isGradient ? "d" : ""}${letter}${mark}`;

  const figureOf = (m, more) => {
    const isGradient = Boolean(m.gradient);
    const place = (r, c) => m.first + r * m.down + c * m.along;
    const grid = ui.tensorGrid(m.node, isGradient, [m.rows, m.cols], place, {
      key: `matrix-${letterOf(m)}-${m.node}`,
      label: letterOf(m),
      width: 230,
      height: kHeight,
      limit: 8,
      digits: 3,
      ...more,
    });
    const title = el(
      "span",
      el("b", grid.title ?? grid.label),
      ` ${ui.briefName(m.node, isGradient)} ${ui.shapeText([m.rows, m.cols])}`,
    );
    return ui.figure({ ...grid, title });
  };

  const biasFigure = (node, row, rows) =>
    ui.figure(
      ui.tensorGrid(node, false, [rows, 1], (r) => r, {
        key: `matrix-b-${node}`,
        title: el("span", el("b", "b"), ` ${ui.briefName(node)}`),
        mark: (r) => (r === row ? "tap" : ""),
        height: kHeight,
        limit: 8,
      }),
    );

  const sumLine = ({ result, bias }, [r, c], { event }, number) => {
    const { terms, sum } = ui.explain(event, number.element);
    const text = ({ a, b }) =>
      a.node === bias && bias !== undefined
        ? ui.signed(a.value)
        : `${ui.signed(b.value)} × ${ui.signed(a.value)}`;
    return el(
      "p.sum-line",
      { id: "matrices-sum" },
      el("b", ui.addedTo(number.node, number.gradient, `${letterOf(result)}[${r},${c}]`)),
      " = ",
      terms.length <= kTerms ? terms.map(text).join(" + ") : Reel.text("{0} products", terms.length),
      " = ",
      ui.numeral("strong", sum, ui.hidden(number)),
      ui.setNote(number, sum),
    );
  };

  const formulaOf = ({ left, right, result, bias }) =>
    `${letterOf(result)} = ${letterOf(left)} ${letterOf(right)}${bias === undefined ? "" : " + b"}`;

  // A row or column of a 1×1 convolution as the image that it is.
  const pixelNote = ({ result, image }, [, c]) => {
    if (!image || result.letter === "W") return null;
    const [row, column] = Reel.index(image, c);
    return ui.note(Reel.text("Column {0} is the pixel of row {1}, column {2}.", c, row, column));
  };

  /// Whether what an event made is a matrix product.
  ui.showsMatrices = ({ op, input }) => input < 2 && productOf(op, { node: op, element: 0 }) !== null;

  /// What the stage shows of it: {controls, facts, body}.
  ui.matricesStage = (target, { focus }) => {
    const product = productOf(target.op, focus);
    const asked = askedOf(product, target);
    const [r, c] = placeIn(asked.result, focus.element);
    const figures = [
      figureOf(asked.result, { picked: [r, c], event: target.event }),
      figureOf(asked.left, { mark: (row) => (row === r ? "tap" : ""), frame: [r, 0, r, asked.left.cols - 1] }),
      figureOf(asked.right, {
        mark: (_, column) => (column === c ? "tap" : ""),
        frame: [0, c, asked.right.rows - 1, c],
      }),
    ];
    if (asked.bias !== undefined) figures.push(biasFigure(asked.bias, r, asked.result.rows));
    return {
      controls: [],
      facts: [
        Reel.text("{0} = {1}", ui.nameOf(target.op), ui.callText(target.op)),
        ": ",
        el("b", formulaOf(asked)),
        ". ",
        product.columns,
      ],
      body: [sumLine(asked, [r, c], target, focus), ui.joined(["", "=", "·", "+"], figures), pixelNote(asked, [r, c])],
    };
  };
}
