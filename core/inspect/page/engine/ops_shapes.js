"use strict";
// Ops that only move numbers: each element of the result is one of an input, and each gradient one of dy.
{
  // An op that only moves numbers: `source(call, i)` says from where element i of the output comes,
  // {part, at} or, where it comes from no input, {value, note, rule}; `target(call, part, i)` to which
  // element of the output element i of an input goes or, where to none, {note, rule}.
  const moved = (source, target, placeOf = () => "") => ({
    forward: (call) =>
      Float64Array.from({ length: Reel.numel(call.output.shape) }, (_, i) => {
        const from = source(call, i);
        return from.part === undefined ? from.value : call.inputs[from.part].data[from.at];
      }),
    explain(e) {
      const at = e.ofOutput() ? source(e.call, e.element) : target(e.call, e.ofInput, e.element);
      if (at.note !== undefined) return explainGiven(e, at);
      if (e.ofOutput()) {
        const text = e.xName(at.part) + Reel.indexText(e.call.inputs[at.part].shape, at.at);
        return e.copy(e.x(at.part, at.at), text, placeOf(at.part));
      }
      e.copy(e.dy(at), e.dyName() + Reel.indexText(e.call.dy.shape, at), placeOf(e.ofInput));
    },
  });

  const explainGiven = (e, { value, note, rule }) => {
    e.rule(value === undefined ? "" : note, rule);
    if (value === undefined) e.leftOut([], e.number(0), note);
    else e.term([], e.number(value), e.number(1), note);
  };

  // The same elements in the same order.
  const reshape = moved(
    (_, i) => ({ part: 0, at: i }),
    (_, __, i) => i,
  );
  Reel.ops.reshape = reshape;
  Reel.ops.flatten = reshape;

  // Dimension i of the result is dimension order[i] of x.
  const permute = moved(
    (call, i) => {
      const index = [];
      Reel.index(call.output.shape, i).forEach((position, d) => (index[call.options.order[d]] = position));
      return { part: 0, at: Reel.element(call.inputs[0].shape, index) };
    },
    (call, _, i) => {
      const index = Reel.index(call.inputs[0].shape, i);
      return Reel.element(
        call.output.shape,
        call.options.order.map((d) => index[d]),
      );
    },
  );
  Reel.ops.transpose = permute;
  Reel.ops.permute = permute;

  // ---- concat and stack: the lines of all parts, one after another.

  const join = moved(
    (call, i) => {
      const lines = linesOf(call);
      const all = lines.reduce((sum, n) => sum + n, 0);
      let [part, along] = [0, i % all];
      while (along >= lines[part]) along -= lines[part++];
      return { part, at: Math.floor(i / all) * lines[part] + along };
    },
    (call, part, i) => {
      const lines = linesOf(call);
      const sum = (count) => lines.slice(0, count).reduce((total, n) => total + n, 0);
      return Math.floor(i / lines[part]) * sum(lines.length) + sum(part) + (i % lines[part]);
    },
    (part) => `part ${part}`,
  );
  // How many elements of each part stand together.
  const linesOf = (call) => {
    const outer = Reel.numel(call.output.shape.slice(0, call.options.dim[0]));
    return call.inputs.map((input) => Reel.numel(input.shape) / outer);
  };
  Reel.ops.concat = join;
  Reel.ops.stack = join;

  // ---- slice and pad2d.

  Reel.ops.slice = moved(
    ({ inputs: [x], output, options }, i) => {
      const [[dim], [begin], [step]] = [options.dim, options.begin, options.step];
      const index = Reel.index(output.shape, i);
      index[dim] = begin + index[dim] * step;
      return { part: 0, at: Reel.element(x.shape, index) };
    },
    ({ inputs: [x], output, options }, _, i) => {
      const [[dim], [begin], [step]] = [options.dim, options.begin, options.step];
      const index = Reel.index(x.shape, i);
      const own = index[dim];
      index[dim] = (own - begin) / step;
      const taken = Number.isInteger(index[dim]) && index[dim] >= 0 && index[dim] < output.shape[dim];
      if (taken) return Reel.element(output.shape, index);
      return { note: "not in the slice", rule: `0, for position ${own} is not in the slice` };
    },
  );

  Reel.ops.pad2d = moved(
    ({ inputs: [x], output, options }, i) => {
      const [top, , left] = options.padding;
      const [n, c, h, w] = Reel.index(output.shape, i);
      const inside = h >= top && h < top + x.shape[2] && w >= left && w < left + x.shape[3];
      if (inside) return { part: 0, at: Reel.element(x.shape, [n, c, h - top, w - left]) };
      return { value: options.value[0], note: "padding", rule: Reel.format(options.value[0]) };
    },
    ({ inputs: [x], output, options }, _, i) => {
      const [top, , left] = options.padding;
      const [n, c, h, w] = Reel.index(x.shape, i);
      return Reel.element(output.shape, [n, c, h + top, w + left]);
    },
  );
}
