"use strict";
// The larger and the smaller of two numbers, element by element.
for (const [name, larger, beats] of [
  ["maximum", true, (x, y) => x > y],
  ["minimum", false, (x, y) => x < y],
]) {
  // Element of input i that stands at a place of the output.
  const elementOf = ({ inputs, output }, i, place) =>
    Reel.broadcastElement(inputs[i].shape, output.shape, place);
  const textOf = (e, i, at) => e.xName(i) + Reel.indexText(e.call.inputs[i].shape, at);

  // f(a, b) at each place of the output.
  const forPlaces = (call, f) =>
    Float64Array.from({ length: Reel.numel(call.output.shape) }, (_, place) =>
      f(...call.inputs.map((x, i) => x.data[elementOf(call, i, place)])),
    );

  // Whether the first is taken: of equals the second.
  const takesFirst = (a, b) => beats(a, b) || Number.isNaN(a);

  // How much of dy the number x gets beside its rival.
  const shareOf = (x, rival) => (beats(rival, x) ? 0 : x === rival ? 0.5 : 1);

  const noteOf = (equal, nan) =>
    equal ? Reel.text("equal") : nan ? "NaN" : Reel.text(larger ? "the larger" : "the smaller");

  const lostText = (equal) => Reel.text(equal ? "equal" : larger ? "not the larger" : "not the smaller");

  const explainValue = (e) => {
    const x = [0, 1].map((i) => e.x(i, elementOf(e.call, i, e.element)));
    const taken = takesFirst(x[0].value, x[1].value) ? 0 : 1;
    const equal = x[0].value === x[1].value;
    e.rule("", `${name}(${textOf(e, 0, x[0].at)}, ${textOf(e, 1, x[1].at)})`);
    x.forEach((factor, i) => {
      if (i !== taken) return e.leftOut([], factor, lostText(equal));
      e.term([], factor, e.number(1), noteOf(equal, Number.isNaN(factor.value)));
    });
  };

  // The sum over all places to which the element is broadcast.
  const explainGradient = (e) => {
    const own = e.ofInput;
    const other = 1 - own;
    const dy = new Reel.Repeats(e.shape, e.call.dy.shape, e.element);
    const nameAt = ({ name: input, shape }) => input + Reel.bracketed(Reel.broadcastIndex(shape, dy.index));
    const [ownName, otherName] = [own, other].map((i) => nameAt(e.call.inputs[i]));
    const formula = Reel.text(
      larger
        ? "{0}, where {1} is the larger; half where it equals {2}"
        : "{0}, where {1} is the smaller; half where it equals {2}",
      Reel.sumText(dy.loop, e.dyName() + dy.text()),
      ownName,
      otherName,
    );
    e.rule("", formula, dy.loop);
    dy.forEach((loop, place) => {
      const x = e.x(own, elementOf(e.call, own, place)).value;
      const at = elementOf(e.call, other, place);
      const rival = e.x(other, at).value;
      const share = shareOf(x, rival);
      if (share === 0) {
        const parts = [textOf(e, other, at), Reel.format(rival)];
        const note = Reel.text(larger ? "{0} = {1} is larger" : "{0} = {1} is smaller", ...parts);
        return e.leftOut(loop, e.dy(place), note);
      }
      const nan = Number.isNaN(x) || Number.isNaN(rival);
      e.term(loop, e.dy(place), e.number(share), noteOf(share < 1, nan));
    });
  };

  const backward = (call, input) =>
    Reel.gradientOfRepeated(call, input, (place) => {
      const [x, rival] = [input, 1 - input].map((i) => call.inputs[i].data[elementOf(call, i, place)]);
      const share = shareOf(x, rival);
      return share === 0 ? 0 : call.dy.data[place] * share; // an infinity is held back
    });

  Reel.ops[name] = {
    forward: (call) => forPlaces(call, (a, b) => (takesFirst(a, b) ? a : b)),
    backward,
    choices: (call) => Array.from(forPlaces(call, (a, b) => Number(a > b) - Number(a < b))),
    explain: (e) => (e.ofOutput() ? explainValue : explainGradient)(e),
  };
}
