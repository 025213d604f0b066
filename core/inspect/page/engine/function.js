"use strict";
// Functions of one number, by the words that come with a node: its value and its derivative in terms of x, the op's
// options and, in the derivative, the value y. They are read as mathematics is written:
//   x Phi(x)                                    factors side by side are multiplied
//   x where x > 0, else alpha (exp(x) - 1)      the first that holds; 0 where none does
//   s (1 + x (1 - s)), s = sigmoid(x)           what a name stands for
{
  // x^0.5 is the square root also of -0 and -infinity.
  const power = (x, p) => (p === 0.5 ? Math.sqrt(x) : p === -0.5 ? 1 / Math.sqrt(x) : x ** p);
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  // The error function: for small x a series of positive terms, where no digit is lost.
  const erf = (x) => {
    if (Math.abs(x) > 6) return Math.sign(x); // to the last bit
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  };
  const normal = (x) => (1 + erf(x / Math.SQRT2)) / 2;
  const density = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const sign = (x) => (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0); // 0 of NaN

  // What may be called, with its derivative, and how large the numbers are that it is made of.
  const functions = {
    __proto__: null,
    exp: [Math.exp, Math.exp],
    log1p: [Math.log1p, (x) => 1 / (1 + x)],
    log: [Math.log, (x) => 1 / x],
    sqrt: [Math.sqrt, (x) => 1 / (2 * Math.sqrt(x))],
    abs: [Math.abs, sign],
    sign: [sign, () => 0],
    sigmoid: [sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x))],
    relu6: [(x) => Math.min(Math.max(x, 0), 6), (x) => (x > 0 && x < 6 ? 1 : 0)],
    tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
    Phi: [normal, density, () => 1], // (1 + erf) / 2
    phi: [density, (x) => -x * density(x)],
  };

  // ---- A number {value, spread}: the spread is what the value is computed from, to which its rounding is relative.

  const times = (a, b) => (a === 0 || b === 0 ? 0 : Math.abs(a * b)); // of spreads: nothing of an infinity is nothing
  const exact = (value) => ({ value, spread: Math.abs(value) });
  const constant = (value) => ({ ...exact(value), fixed: true });
  const sumOf = (a, b, sign) => ({ value: a.value + sign * b.value, spread: a.spread + b.spread });
  const nothing = { value: 0, spread: 0, nothing: true };
  const productOf = (a, b) => {
    if (a.fixed && a.value === 0) return nothing; // the slope of x^0, whatever x is
    const value = a.value * b.value;
    return { value, spread: times(a.value, b.spread) + times(a.spread, b.value) };
  };
  const applied = ([f, slope, size = Math.abs], a) => {
    const value = f(a.value);
    return { value, spread: size(value) + times(slope(a.value), a.spread) };
  };
  const quotientOf = (a, b) => productOf(a, applied([(x) => 1 / x, (x) => 1 / x / x], b));
  const powerOf = (a, { value: p }) => applied([(x) => power(x, p), (x) => p * power(x, p - 1)], a);

  const holds = { "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b };

  // ---- The words as a function of what the names stand for: names => number.

  class Parser {
    constructor(text, names) {
      this.text = text;
      this.tokens = text.match(/(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[A-Za-z_]\w*|<=|>=|\S/g) ?? [];
      this.at = 0;
      this.names = new Set(names); // what is known
      this.missing = new Set(); // what is to be defined yet
      this.kinks = []; // what the cases look at: names => -1, 0 or 1
    }
    next() {
      return this.tokens[this.at];
    }
    take(...wanted) {
      return wanted.includes(this.next()) ? this.tokens[this.at++] : null;
    }
    fail(why = this.at < this.tokens.length ? Reel.text('it is not clear from "{0}" on', this.next()) : Reel.text("it ends too early")) {
      throw new Error(Reel.text('the page cannot read "{0}": {1}', this.text, why));
    }

    // Cases and definitions, with commas between them.
    whole() {
      const [cases, definitions] = [[], []];
      do {
        if (this.tokens[this.at + 1] === "=") definitions.push(this.definition());
        else {
          this.take("else");
          cases.push({ value: this.sum(), holds: this.take("where") ? this.comparison() : () => true });
        }
      } while (this.take(","));
      if (this.next() !== undefined) this.fail();
      for (const name of this.missing) this.fail(Reel.text('nothing is called "{0}"', name));
      const defined = (names) => {
        if (definitions.length === 0) return names;
        const all = { ...names };
        for (const [name, value] of definitions) all[name] = value(all);
        return all;
      };
      this.kinks = this.kinks.map((kink) => (names) => kink(defined(names)));
      return (names) => {
        const all = defined(names);
        const holding = cases.find(({ holds }) => holds(all));
        return holding ? holding.value(all) : nothing;
      };
    }

    // Of what is known by then.
    definition() {
      const name = this.next();
      if (!/^[A-Za-z_]/.test(name)) this.fail();
      const missing = this.missing;
      this.at += 2;
      this.missing = new Set();
      const value = this.sum();
      for (const other of this.missing) this.fail(Reel.text('nothing is called "{0}" where {1} is defined', other, name));
      missing.delete(name);
      this.missing = missing;
      this.names.add(name);
      return [name, value];
    }

    // "low < x < high". What is compared are floats, of which the page has more digits.
    comparison() {
      const operands = [this.sum()];
      const signs = [];
      for (let sign; (sign = this.take("<", ">", "<=", ">=")); operands.push(this.sum())) signs.push(sign);
      if (signs.length === 0) this.fail();
      const difference = (i) => (names) => operands[i](names).value - operands[i + 1](names).value;
      signs.forEach((_, i) => this.kinks.push((names) => sign(difference(i)(names))));
      return (names) => {
        const values = operands.map((operand) => Math.fround(operand(names).value));
        return signs.every((sign, i) => holds[sign](values[i], values[i + 1]));
      };
    }

    sum() {
      let left = this.product();
      for (let sign; (sign = this.take("+", "-")); ) {
        const [a, b] = [left, this.product()];
        left = (names) => sumOf(a(names), b(names), sign === "+" ? 1 : -1);
      }
      return left;
    }

    product() {
      let left = this.factor();
      for (;;) {
        const divides = this.take("/");
        if (!divides && !this.take("*") && !/^[A-Za-z_(]/.test(this.next() ?? "")) return left;
        if (this.next() === "where") return left;
        const [a, b] = [left, this.factor()];
        left = (names) => (divides ? quotientOf : productOf)(a(names), b(names));
      }
    }

    factor() {
      if (this.take("-")) {
        const a = this.factor();
        return (names) => productOf(constant(-1), a(names));
      }
      const base = this.atom();
      if (!this.take("^")) return base;
      const exponent = this.factor();
      return (names) => powerOf(base(names), exponent(names));
    }

    atom() {
      if (this.take("(")) return this.closed();
      const token = this.next();
      if (!/^(\w|\.\d)/.test(token ?? "")) this.fail();
      this.at++;
      if (/^[\d.]/.test(token)) return Number(token) === 0 ? () => nothing : () => constant(Number(token));
      if (!functions[token] || !this.take("(")) return this.named(token);
      const a = this.closed();
      if (token === "sign") this.kinks.push((names) => sign(a(names).value));
      return (names) => applied(functions[token], a(names));
    }
    named(name) {
      if (!this.names.has(name)) this.missing.add(name);
      return (names) => names[name];
    }
    closed() {
      const inside = this.sum();
      if (!this.take(")")) this.fail();
      return inside;
    }
  }

  // ---- What the page knows of such an op, as Reel.ops has it of the others.

  const functionOp = (name, text, options) => {
    const constants = Object.fromEntries(
      Object.entries(options).filter(([, numbers]) => numbers.length === 1)
        .map(([option, [number]]) => [option, constant(number)]),
    );
    const given = ["x", ...Object.keys(constants)];
    const value = new Parser(text.value, given).whole();
    const slopes = new Parser(text.derivative, [...given, "y"]);
    const derivative = slopes.whole();
    const namesOf = (x) => ({ ...constants, x: exact(x) });
    const valueOf = (x) => value(namesOf(x));
    const slopeNamesOf = (x) => (slopes.tokens.includes("y") ? { ...namesOf(x), y: valueOf(x) } : namesOf(x));
    const slopeOf = (x) => derivative(slopeNamesOf(x));
    // Where no case holds, an infinity is held back; a slope that is 0 makes NaN of it.
    const holdsBack = (slope, passed) => slope.value === 0 && (Boolean(slope.nothing) || Number.isFinite(passed));
    const noteOf = (e, x, isHeldBack) =>
      text.isGate
        ? Reel.text(isHeldBack ? "{0} off ({1} = {2})" : "{0} on ({1} = {2})", name, e.xName(0), Reel.format(x))
        : Reel.text("{0} at x = {1}", text.derivative, Reel.format(x));
    return {
      choices: slopes.kinks.length > 0
        ? (call) => Array.from(call.inputs[0].data, (x) => slopes.kinks.map((kink) => kink(slopeNamesOf(x)))).flat()
        : undefined,
      forward: (call) => Float64Array.from(call.inputs[0].data, (x) => valueOf(x).value),
      backward: (call) =>
        Float64Array.from(call.inputs[0].data, (x, i) => {
          const slope = slopeOf(x);
          return holdsBack(slope, call.dy.data[i]) ? 0 : call.dy.data[i] * slope.value;
        }),
      explain(e) {
        const x = e.x(0, e.element).value;
        const at = Reel.indexText(e.shape, e.element);
        const xText = e.xName(0) + at;
        const number = ({ value: result, spread }, called) => e.number(result, spread, called);
        e.rule("", e.ofOutput() ? `${name}(${xText})` : `${e.dyName()}${at} * ${name}'(${xText})`);
        if (e.ofOutput() && !text.isGate) {
          return e.term([], number(valueOf(x), name), e.number(1), `${name}(${Reel.format(x)})`);
        }
        const passed = e.ofOutput() ? e.x(0, e.element) : e.dy(e.element);
        const slope = slopeOf(x);
        const isHeldBack = holdsBack(slope, passed.value);
        const note = noteOf(e, x, isHeldBack);
        const called = e.ofOutput() ? "" : `${name}'`;
        if (isHeldBack) e.leftOut([], passed, note, called);
        else e.term([], passed, number(slope, called), note);
      },
    };
  };

  /** Of a node of that name and with these options; {reason} where its words cannot be read. */
  Reel.functionOp = (...of) => {
    try {
      return functionOp(...of);
    } catch (error) {
      return { reason: error.message };
    }
  };

  Reel.sigmoid = sigmoid;
  Reel.sign = sign;
}
