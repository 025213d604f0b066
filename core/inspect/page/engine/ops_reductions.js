"use strict";
// Reductions: max over some dimensions, softmax and log_softmax along one.
{
  // The shape of x with size 1 in the dimensions that are reduced.
  const keptOf = (call) => call.inputs[0].shape.map((size, d) => (call.options.dims.includes(d) ? 1 : size));

  // ---- max

  const maxOf = (call) => {
    const [x] = call.inputs;
    const kept = keptOf(call);
    const y = new Float64Array(Reel.numel(kept)).fill(-Infinity);
    for (let i = 0; i < x.data.length; i++) {
      const k = Reel.broadcastElement(kept, x.shape, i);
      y[k] = Math.max(y[k], x.data[i]); // a NaN is largest
    }
    return y;
  };

  // The first of the largest counts.
  const explainMax = (e) => {
    const x = new Reel.Repeats(keptOf(e.call), e.call.inputs[0].shape, e.element);
    const xText = e.xName(0) + x.text();
    const over = x.loop.length > 0;
    e.rule(
      Reel.text("of {0} elements", x.count()),
      over ? Reel.text("max over {0} of {1}", x.loop.join(","), xText) : Reel.text("max of {0}", xText),
      x.loop,
    );
    const y = e.y(e.element).value;
    let found = false;
    x.forEach((loop, i) => {
      const candidate = e.x(0, i);
      const largest = candidate.value === y || Number.isNaN(candidate.value);
      if (!largest || found) {
        return e.leftOut(loop, candidate, Reel.text(largest ? "equal to the largest" : "smaller"));
      }
      e.term(loop, candidate, e.number(1), Reel.text("the largest"));
      found = true;
    });
  };

  // Equal maxima share the gradient evenly.
  const explainMaxGradient = (e) => {
    const kept = keptOf(e.call);
    const i = Reel.broadcastElement(kept, e.shape, e.element);
    const [x, y, dy] = [e.x(0, e.element), e.y(i), e.dy(i)];
    const dyText = e.dyName() + Reel.indexText(e.call.dy.shape, i);
    const xText = e.xName(0) + Reel.indexText(e.shape, e.element);
    if (Number.isNaN(y.value)) {
      e.rule("", Reel.text("NaN, for the largest is"));
      return e.term([], dy, y, Reel.text("the largest is NaN"));
    }
    if (x.value !== y.value) {
      e.rule("", Reel.text("0, for {0} is not the largest", xText));
      return e.leftOut(
        [],
        dy,
        Reel.text("the largest is {0}, not {1} = {2}", Reel.format(y.value), xText, Reel.format(x.value)),
      );
    }
    let ties = 0;
    new Reel.Repeats(kept, e.shape, i).forEach((_, k) => (ties += e.x(0, k).value === y.value ? 1 : 0));
    e.rule("", ties === 1 ? dyText : `${dyText} / ${ties}`);
    e.term([], dy, e.number(1 / ties), Reel.counted(ties, "the largest", "one of {0} that are largest"));
  };

  const gradientOfMax = (call) => {
    const [x] = call.inputs;
    const kept = keptOf(call);
    const y = maxOf(call);
    const places = Array.from(x.data, (_, i) => Reel.broadcastElement(kept, x.shape, i));
    const ties = new Float64Array(y.length);
    x.data.forEach((value, i) => (ties[places[i]] += value === y[places[i]] ? 1 : 0));
    return Float64Array.from(x.data, (value, i) => {
      const k = places[i];
      if (Number.isNaN(y[k])) return NaN;
      return value === y[k] ? call.dy.data[k] / ties[k] : 0;
    });
  };

  Reel.ops.max = {
    forward: maxOf,
    backward: gradientOfMax,
    explain: (e) => (e.ofOutput() ? explainMax(e) : explainMaxGradient(e)),
    choices(call) {
      const kept = keptOf(call);
      const y = maxOf(call);
      return Array.from(call.inputs[0].data, (x, i) =>
        Number(x === y[Reel.broadcastElement(kept, call.inputs[0].shape, i)]),
      );
    },
  };

  // ---- softmax

  // The lines along which softmax sums: one element of this shape is one of them.
  const linesOf = ({ inputs: [{ shape }], options }) => shape.map((size, d) => (d === options.dim[0] ? 1 : size));

  // A line: its places, the largest x, the sum of exp(x - largest), and the largest magnitude.
  const lineAt = (call, line) => {
    const [{ shape, data }] = call.inputs;
    const along = new Reel.Repeats(linesOf(call), shape, line);
    let [largest, size, total] = [-Infinity, 0, 0];
    along.forEach((_, k) => {
      largest = Math.max(largest, data[k]);
      size = Math.max(size, Math.abs(data[k]));
    });
    along.forEach((_, k) => (total += Math.exp(data[k] - largest)));
    return { along, largest, total, size };
  };
  // The line that an element of x is in.
  const lineOf = (call, element) =>
    lineAt(call, Reel.broadcastElement(linesOf(call), call.inputs[0].shape, element));

  // A tensor like x, filled line by line: f(line) gives what stands at a place of it.
  const byLines = (call, f) => {
    const filled = new Float64Array(call.inputs[0].data.length);
    for (let line = 0; line < Reel.numel(linesOf(call)); line++) {
      const at = lineAt(call, line);
      const numberAt = f(at);
      at.along.forEach((_, k) => (filled[k] = numberAt(k)));
    }
    return filled;
  };

  const softmaxOf = (call, logarithm) =>
    byLines(call, ({ largest, total }) => (k) => {
      const x = call.inputs[0].data[k];
      return logarithm ? x - largest - Math.log(total) : Math.exp(x - largest) / total;
    });

  const gradientOfSoftmax = ({ output: { data: y }, dy: { data: dy }, ...call }, logarithm) =>
    byLines(call, ({ along }) => {
      let sum = 0;
      along.forEach((_, k) => (sum += logarithm ? dy[k] : dy[k] * y[k]));
      return (k) => (logarithm ? dy[k] - Math.exp(y[k]) * sum : y[k] * (dy[k] - sum));
    });

  // log_softmax is x - log(sum), softmax exp(x) / sum; both less the largest x, so that nothing overflows.
  const explainSoftmax = (e, logarithm) => {
    const { along, largest, total, size } = lineOf(e.call, e.element);
    const xText = e.xName(0) + Reel.indexText(e.shape, e.element);
    const sum = Reel.sumText(along.loop, `exp(${e.xName(0)}${along.text()})`);
    if (logarithm) {
      e.rule("", `${xText} - log(${sum})`);
      e.term([], e.x(0, e.element), e.number(1));
      return e.term(
        [],
        e.number(largest + Math.log(total), 1 + size + Math.log(total)),
        e.number(-1),
        Reel.text("log(sum of exp)"),
      );
    }
    e.rule("", `exp(${xText}) / (${sum})`);
    const own = Math.exp(e.x(0, e.element).value - largest);
    e.term(
      [],
      e.number(own, own * (1 + 2 * size), "exp"),
      e.number(1 / total, (1 + 2 * size) / total, "1 / sum"),
      Reel.text("exp({0} - max) and 1 / sum, max = {1}", xText, Reel.format(largest)),
    );
  };

  // An element of x has two ways to dy: its own numerator, and the sum that all numerators are divided by.
  const explainSoftmaxGradient = (e, logarithm) => {
    const { along } = lineOf(e.call, e.element);
    const y = e.y(e.element);
    const share = logarithm ? Math.exp(y.value) : y.value;
    const spread = share * (logarithm ? 1 + Math.abs(y.value) : 1);
    const own = Reel.indexText(e.shape, e.element);
    const [dy, yName] = [e.dyName(), e.yName()];
    const sum = Reel.sumText(along.loop, dy + along.text() + (logarithm ? "" : ` * ${yName}${along.text()}`));
    e.rule(
      "",
      logarithm ? `${dy}${own} - exp(${yName}${own}) * (${sum})` : `${yName}${own} * (${dy}${own} - ${sum})`,
      along.loop,
    );
    e.term([], e.dy(e.element), logarithm ? e.number(1) : y, Reel.text("its own numerator"));
    along.forEach((loop, k) => {
      const other = logarithm ? 1 : e.y(k).value;
      e.term(loop, e.dy(k), e.number(-share * other, spread * other), Reel.text("the sum that divides it"));
    });
  };

  for (const logarithm of [false, true]) {
    Reel.ops[logarithm ? "log_softmax" : "softmax"] = {
      forward: (call) => softmaxOf(call, logarithm),
      backward: (call) => gradientOfSoftmax(call, logarithm),
      explain: (e) => (e.ofOutput() ? explainSoftmax(e, logarithm) : explainSoftmaxGradient(e, logarithm)),
    };
  }
}
