"use strict";
// What is computed element by element and is neither a sum of products nor a function by its words: a / b, where a is a
// tensor or a number. By a number it is a formula.
{
  // At a place of the output.
  const elementOf = ({ inputs, output }, i, place) =>
    Reel.broadcastElement(inputs[i].shape, output.shape, place);
  const numeratorOf = (e, place) => {
    const { numerator } = e.call.options;
    return numerator ? e.number(numerator[0]) : e.x(0, elementOf(e.call, 0, place));
  };
  const denominatorOf = (e, place) => {
    const last = e.call.inputs.length - 1;
    return e.x(last, elementOf(e.call, last, place));
  };

  // The numbers a and b that are divided at a place of the output.
  const numbersAt = (call, place) => {
    const numbers = call.inputs.map((x, i) => x.data[elementOf(call, i, place)]);
    return call.options.numerator ? [call.options.numerator[0], ...numbers] : numbers;
  };
  const isDenominator = ({ inputs }, input) => input === inputs.length - 1;
  const slopeOf = (ofB, [a, b]) => (ofB ? -a / b / b : 1 / b);

  const explainQuotient = (e) => {
    const [a, b] = [numeratorOf(e, e.element), denominatorOf(e, e.element)];
    const [aText, bText] = [a, b].map(({ kind, input, at, value }) =>
      kind === "number" ? Reel.format(value) : e.xName(input) + Reel.indexText(e.call.inputs[input].shape, at),
    );
    e.rule("", `${aText} / ${bText}`);
    e.term([], a, e.number(1 / b.value), `1 / ${bText}`);
  };

  // The sum over all places to which the element is broadcast.
  const explainQuotientGradient = (e) => {
    const { inputs, dy: gradient, options } = e.call;
    const ofB = isDenominator(e.call, e.ofInput);
    const dy = new Reel.Repeats(e.shape, gradient.shape, e.element);
    const texts = inputs.map((x) => x.name + Reel.bracketed(Reel.broadcastIndex(x.shape, dy.index)));
    const negative = options.numerator ? Reel.format(-options.numerator[0]) : `-${texts[0]}`;
    const slope = ofB ? `${negative} / ${texts.at(-1)}^2` : `1 / ${texts.at(-1)}`;
    e.rule("", Reel.sumText(dy.loop, `${e.dyName()}${dy.text()} * ${slope}`), dy.loop);
    dy.forEach((loop, i) => e.term(loop, e.dy(i), e.number(slopeOf(ofB, numbersAt(e.call, i))), slope));
  };

  Reel.ops.div = {
    forward: (call) =>
      Float64Array.from({ length: Reel.numel(call.output.shape) }, (_, place) => {
        const [a, b] = numbersAt(call, place);
        return a / b;
      }),
    backward: (call, input) =>
      Reel.gradientOfRepeated(
        call,
        input,
        (place) => call.dy.data[place] * slopeOf(isDenominator(call, input), numbersAt(call, place)),
      ),
    explain: (e) => (e.ofOutput() ? explainQuotient : explainQuotientGradient)(e),
  };
}
