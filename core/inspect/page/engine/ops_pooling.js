"use strict";
// Max pooling: the largest of windows of each channel.
{
  const sizesOf = (call) => {
    const { options } = call;
    const [, , inH, inW] = call.inputs[0].shape;
    const [, , outH, outW] = call.output.shape;
    const [top, , left] = options.padding;
    return { ...options, inH, inW, outH, outW, top, left };
  };

  // f(u, v, place in x, -1 in the padding) for the cells of window (i, j) of a plane of x.
  const forEachCell = (s, plane, i, j, f) => {
    for (let u = 0; u < s.kernel[0]; u++) {
      for (let v = 0; v < s.kernel[1]; v++) {
        const h = i * s.stride[0] - s.top + u * s.dilation[0];
        const w = j * s.stride[1] - s.left + v * s.dilation[1];
        const inside = h >= 0 && h < s.inH && w >= 0 && w < s.inW;
        f(u, v, inside ? (plane * s.inH + h) * s.inW + w : -1);
      }
    }
  };

  // f(i, j, place in y) for the windows that an element of x is in, in row-major order.
  const forEachWindow = (s, plane, row, column, f) => {
    const holding = (d, at, count) =>
      Array.from({ length: count }, (_, i) => i).filter((i) => {
        const tap = (at - i * s.stride[d]) / s.dilation[d];
        return Number.isInteger(tap) && tap >= 0 && tap < s.kernel[d];
      });
    const columns = holding(1, column + s.left, s.outW);
    for (const i of holding(0, row + s.top, s.outH)) {
      for (const j of columns) f(i, j, (plane * s.outH + i) * s.outW + j);
    }
  };

  // The place in x that each window takes.
  const chosenOf = (call) => {
    const s = sizesOf(call);
    return Array.from({ length: Reel.numel(call.output.shape) }, (_, at) => {
      const p = at % (s.outH * s.outW);
      return largestOf(call, s, (at - p) / (s.outH * s.outW), Math.floor(p / s.outW), p % s.outW);
    });
  };

  const planeOf = (e) => e.index[0] * e.shape[1] + e.index[1];
  const placeText = (e) => Reel.text("image {0}, channel {1}, row {2}, column {3}", ...e.index);
  // "x[0,1,u+2,2v-1]"
  const cellsText = (e, s) => {
    const [n, c, i, j] = e.index;
    const moving = (name, step, start) => `${step === 1 ? "" : step}${name}${start < 0 ? "" : "+"}${start}`;
    const row = moving("u", s.dilation[0], i * s.stride[0] - s.top);
    return `${e.xName(0)}[${n},${c},${row},${moving("v", s.dilation[1], j * s.stride[1] - s.left)}]`;
  };
  const dyText = (e) => `${e.dyName()}[${e.index[0]},${e.index[1]},i,j]`;

  // The place in x that a window takes: the first of equals, but a NaN beats everything; -1 in the padding.
  const largestOf = (call, s, plane, i, j) => {
    const x = call.inputs[0].data;
    let best = -1;
    forEachCell(s, plane, i, j, (u, v, cell) => {
      if (cell >= 0 && (best < 0 || x[cell] > x[best] || Number.isNaN(x[cell]))) best = cell;
    });
    return best;
  };

  const explainMax = (e, s) => {
    const [, , row, column] = e.index;
    const largest = largestOf(e.call, s, planeOf(e), row, column);
    e.rule(placeText(e), Reel.text("max over {0} of {1}", "u,v", cellsText(e, s)), ["u", "v"]);
    forEachCell(s, planeOf(e), row, column, (u, v, cell) => {
      if (cell < 0) return e.leftOut([u, v], e.number(0), Reel.text("padding"));
      if (cell !== largest) return e.leftOut([u, v], e.x(0, cell), Reel.text("not the largest"));
      e.term([u, v], e.x(0, cell), e.number(1), Reel.text("the largest"));
    });
    if (largest < 0) e.term([], e.y(e.element), e.number(1), Reel.text("all padding"));
  };

  const explainMaxGradient = (e, s) => {
    const [, , row, column] = e.index;
    e.rule(
      placeText(e),
      Reel.text(
        "{0}, where {1} is the largest of window {2}",
        Reel.sumText(["i", "j"], dyText(e)),
        e.xName(0) + Reel.indexText(e.shape, e.element),
        "i,j",
      ),
      ["i", "j"],
    );
    forEachWindow(s, planeOf(e), row, column, (i, j, y) => {
      const largest = largestOf(e.call, s, planeOf(e), i, j);
      if (largest === e.element) return e.term([i, j], e.dy(y), e.number(1), Reel.text("the largest of its window"));
      e.leftOut(
        [i, j],
        e.dy(y),
        Reel.text(
          "the largest of its window is {0} = {1}",
          e.xName(0) + Reel.indexText(e.shape, largest),
          Reel.format(e.x(0, largest).value),
        ),
      );
    });
  };

  Reel.ops.max_pool2d = {
    forward: (call) =>
      Float64Array.from(chosenOf(call), (cell) => (cell < 0 ? -Infinity : call.inputs[0].data[cell])),
    backward(call) {
      const dx = new Float64Array(call.inputs[0].data.length);
      chosenOf(call).forEach((cell, i) => {
        if (cell >= 0) dx[cell] += call.dy.data[i];
      });
      return dx;
    },
    choices: chosenOf,
    explain: (e) => (e.ofOutput() ? explainMax : explainMaxGradient)(e, sizesOf(e.call)),
  };
}
