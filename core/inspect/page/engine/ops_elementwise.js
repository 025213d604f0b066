"use strict";
// What is computed element by element and is no sum of products: quotients, and functions of one number.
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

  // ---- Functions of one number.

  // The error function: for small x a series of positive terms, where no digit is lost.
  const erf = (x) => {
    if (Math.abs(x) > 6) return Math.sign(x); // to the last bit
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  };
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const normal = (x) => (1 + erf(x / Math.SQRT2)) / 2;
  const density = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const side = (x, low, high) => (x > high ? 1 : 0) - (x < low ? 1 : 0);
  const option = (call, name) => Math.fround(call.options[name][0]); // beside an x that is float32

  // x^0.5 is the square root also of -0 and -infinity.
  const power = (x, p) => (p === 0.5 ? Math.sqrt(x) : p === -0.5 ? 1 / Math.sqrt(x) : x ** p);

  // Each function f, its derivative, how that is written, and what both are computed from: |f| + |x f'|, and
  // the same of f'. The arguments are x and the op's call. A function with kinks says on which side x is. One
  // that holds a gradient back where f' is 0 gives 0 even of an infinite one.
  const functions = {
    leaky_relu: {
      value: (x, call) => (x > 0 ? x : x * call.options.negative_slope[0]),
      slope: (x, call) => (x > 0 ? 1 : call.options.negative_slope[0]),
      text: "1 or the negative slope",
      side: (x) => side(x, 0, 0),
    },
    gelu: {
      value: (x) => x * normal(x),
      slope: (x) => normal(x) + x * density(x),
      spread: (x) => Math.abs(x) * (2 + Math.abs(x) * density(x)),
      slopeSpread: (x) => 1 + Math.abs(x) * density(x) * (2 + x * x),
      text: "Phi(x) + x phi(x)",
    },
    silu: {
      value: (x) => x * sigmoid(x),
      slope: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
      spread: (x) => Math.abs(x) * (2 + Math.abs(x)) * sigmoid(x),
      slopeSpread: (x) => (1 + Math.abs(x)) ** 2 * sigmoid(x),
      text: "s (1 + x (1 - s)), s = sigmoid(x)",
    },
    sigmoid: {
      value: sigmoid,
      slope: (x) => sigmoid(x) * (1 - sigmoid(x)),
      spread: (x) => (1 + Math.abs(x)) * sigmoid(x),
      slopeSpread: (x) => (1 + Math.abs(x)) * sigmoid(x),
      text: "y (1 - y)",
    },
    tanh: {
      value: Math.tanh,
      slope: (x) => 1 - Math.tanh(x) ** 2,
      spread: (x) => 2 * Math.abs(x),
      slopeSpread: () => 2,
      text: "1 - y^2",
    },
    exp: {
      value: Math.exp,
      slope: Math.exp,
      spread: (x) => (1 + Math.abs(x)) * Math.exp(x),
      slopeSpread: (x) => (1 + Math.abs(x)) * Math.exp(x),
      text: "y",
    },
    log: { value: Math.log, slope: (x) => 1 / x, spread: (x) => 1 + Math.abs(Math.log(x)), text: "1 / x" },
    sqrt: { value: Math.sqrt, slope: (x) => 1 / (2 * Math.sqrt(x)), text: "1 / (2 y)" },
    pow: {
      value: (x, call) => power(x, call.options.exponent[0]),
      // x^0 is constant also at 0, where 0 * 0^-1 would be NaN.
      slope: (
        x,
        {
          options: {
            exponent: [p],
          },
        },
      ) => (p === 0 ? 0 : p * power(x, p - 1)),
      spread: (
        x,
        {
          options: {
            exponent: [p],
          },
        },
      ) => Math.abs(x ** p) * (1 + Math.abs(p)),
      slopeSpread: (
        x,
        {
          options: {
            exponent: [p],
          },
        },
      ) => Math.abs(p * x ** (p - 1)) * (1 + Math.abs(p - 1)),
      text: "p x^(p - 1)",
      holdsBack: ({ options }) => options.exponent[0] === 0,
    },
    abs: {
      value: Math.abs,
      slope: (x) => side(x, 0, 0), // 0 of NaN
      text: "sign(x)",
      side: (x) => side(x, 0, 0),
    },
    clamp: {
      value: (x, call) =>
        x < option(call, "low") ? call.options.low[0] : x > option(call, "high") ? call.options.high[0] : x,
      slope: (x, call) => Number(x > option(call, "low") && x < option(call, "high")),
      text: "1 within the limits",
      side: (x, call) => side(x, option(call, "low"), option(call, "high")),
      holdsBack: () => true,
    },
  };

  const explainFunction = (e, name, f) => {
    const x = e.x(0, e.element).value;
    const at = Reel.indexText(e.shape, e.element);
    const xText = e.xName(0) + at;
    if (e.ofOutput()) {
      e.rule("", `${name}(${xText})`);
      const y = e.number(f.value(x, e.call), f.spread && f.spread(x, e.call));
      return e.term([], y, e.number(1), `${name}(${Reel.format(x)})`);
    }
    e.rule("", `${e.dyName()}${at} * ${name}'(${xText})`);
    const note = `${f.text} at x = ${Reel.format(x)}`;
    const slope = e.number(f.slope(x, e.call), f.slopeSpread && f.slopeSpread(x, e.call));
    const dy = e.dy(e.element);
    const held = (f.holdsBack && f.holdsBack(e.call)) || Number.isFinite(dy.value);
    if (slope.value === 0 && held) return e.leftOut([], dy, note);
    e.term([], dy, slope, note);
  };

  for (const [name, f] of Object.entries(functions)) {
    Reel.ops[name] = {
      forward: (call) => Float64Array.from(call.inputs[0].data, (x) => f.value(x, call)),
      explain: (e) => explainFunction(e, name, f),
      choices: f.side && ((call) => Array.from(call.inputs[0].data, (x) => f.side(x, call))),
    };
  }

  // The one function whose value is its argument: the note says which side it is on.
  Reel.ops.relu = {
    forward: (call) => Float64Array.from(call.inputs[0].data, (x) => (x < 0 ? 0 : x)),
    choices: (call) => Array.from(call.inputs[0].data, (x) => side(x, 0, 0)),
    explain(e) {
      const x = e.x(0, e.element).value;
      const at = Reel.indexText(e.shape, e.element);
      e.rule(
        "",
        e.ofOutput() ? `relu(${e.xName(0)}${at})` : `${e.dyName()}${at} * relu'(${e.xName(0)}${at})`,
      );
      const passed = e.ofOutput() ? e.x(0, e.element) : e.dy(e.element);
      const note = `relu ${x <= 0 ? "off" : "on"} (${e.xName(0)} = ${Reel.format(x)})`;
      if (x <= 0) e.leftOut([], passed, note);
      else e.term([], passed, e.number(1), note);
    },
  };

  Reel.sigmoid = sigmoid;
  Reel.sign = (x) => side(x, 0, 0);
}
