"use strict";
// What is computed element by element and is neither a sum of products nor a function by its words.
{
  // ---- a / b, where both are tensors, and number / x. By a number it is a formula.

  const quotient = {
    forward: ({ inputs: [a, b], output }) =>
      Float64Array.from(
        { length: Reel.numel(output.shape) },
        (_, i) =>
          a.data[Reel.broadcastElement(a.shape, output.shape, i)] /
          b.data[Reel.broadcastElement(b.shape, output.shape, i)],
      ),
    explain(e) {
      if (!e.ofOutput()) return explainQuotientGradient(e);
      const [a, b] = e.call.inputs.map((input) => Reel.broadcastElement(input.shape, e.shape, e.element));
      const [aText, bText] = [a, b].map((at, i) => e.xName(i) + Reel.indexText(e.call.inputs[i].shape, at));
      e.rule("", `${aText} / ${bText}`);
      e.term([], e.x(0, a), e.number(1 / e.x(1, b).value), `1 / ${bText}`);
    },
  };

  // The sum over all places to which the element is broadcast.
  const explainQuotientGradient = (e) => {
    const ofA = e.ofInput === 0;
    const y = e.call.dy.shape;
    const dy = new Reel.Repeats(e.shape, y, e.element);
    const [aText, bText] = e.call.inputs.map((x) => x.name + Reel.bracketed(Reel.broadcastIndex(x.shape, dy.index)));
    const slope = ofA ? `1 / ${bText}` : `-${aText} / ${bText}^2`;
    e.rule("", Reel.sumText(dy.loop, `${e.dyName()}${dy.text()} * ${slope}`), dy.loop);
    dy.forEach((loop, i) => {
      const [a, b] = e.call.inputs.map((x, k) => e.x(k, Reel.broadcastElement(x.shape, y, i)).value);
      e.term(loop, e.dy(i), e.number(ofA ? 1 / b : -a / b / b), slope);
    });
  };

  const reciprocal = {
    forward: ({ inputs: [x], options }) => Float64Array.from(x.data, (a) => options.numerator[0] / a),
    explain(e) {
      const s = e.call.options.numerator[0];
      const x = e.x(0, e.element).value;
      const at = Reel.indexText(e.shape, e.element);
      const xText = e.xName(0) + at;
      if (e.ofOutput()) {
        e.rule("", `${Reel.format(s)} / ${xText}`);
        return e.term([], e.number(s), e.number(1 / x), `1 / ${xText}`);
      }
      const slope = `${Reel.format(-s)} / ${xText}^2`;
      e.rule("", `${e.dyName()}${at} * ${slope}`);
      e.term([], e.dy(e.element), e.number(-s / x / x), slope);
    },
  };

  const formOf = (call) => (call.options.numerator ? reciprocal : quotient);
  Reel.ops.div = {
    forward: (call) => formOf(call).forward(call),
    explain: (e) => formOf(e.call).explain(e),
  };
}
