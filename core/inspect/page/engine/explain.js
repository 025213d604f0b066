"use strict";
// Why a number is what it is: the products that were summed for it, computed again from the raw values. This
// is a second implementation beside the library's `explain`, and the difference of the two is shown.
{
  // Factors and results are stored as float32, within 2^-24 = 6e-8 of themselves. So a product of two factors
  // beside a result that is stored alike is uncertain by three of these. 2e-6 of the magnitude is ten times
  // that, for what an op rounds on its way; each of the two factors counts for half. A factor that was
  // computed from larger numbers, as x - mean, is as uncertain as these: see number().
  const kFactorRounding = 1e-6;
  // A float program also sums in float: the library's own tests allow 1e-5 of the magnitude.
  const kFactorRoundingOfFloat = 5e-6;
  const kTiny = 1e-37; // float32 has fewer digits below 1.2e-38

  /** The question and what an op answers, while one number is explained. `call`: see callOf. */
  class Explain {
    constructor(call, ofInput, element, sink) {
      this.call = call;
      this.ofInput = ofInput; // whose gradient is asked for; -1 for an element of the output
      this.element = element;
      this.sink = sink;
      this.shape = this.ofOutput() ? call.output.shape : call.inputs[ofInput].shape;
      this.index = Reel.index(this.shape, element);
      this.place = "";
      this.formula = "";
      this.loop = [];
      this.count = 0;
      this.sum = 0;
      this.magnitude = 0;
      this.uncertainty = 0; // in units of the rounding of a factor
    }

    ofOutput() {
      return this.ofInput < 0;
    }
    /** How the tensors are called: "x", "z", "dz". */
    xName(i) {
      return this.call.inputs[i].name;
    }
    yName() {
      return this.call.output.name;
    }
    dyName() {
      return `d${this.call.output.name}`;
    }
    has(i) {
      return i < this.call.inputs.length;
    }

    /** An element of the i-th input, of the output, of its gradient. */
    x(i, at) {
      return factor("input", i, at, this.call.inputs[i].data[at]);
    }
    y(at) {
      return factor("output", 0, at, this.call.output.data[at]);
    }
    dy(at) {
      return factor("dy", 0, at, this.call.dy.data[at]);
    }
    /**
     * A number that stands in no tensor; `spread` is the size of what it was computed from, where larger, `called`
     * what it is: "xhat".
     */
    number(value, spread = Math.abs(value), called = "") {
      return { kind: "number", input: 0, at: 0, value, spread: Math.max(spread, Math.abs(value)), called };
    }

    rule(place, formula, loop = []) {
      this.place = place;
      this.formula = formula;
      this.loop = loop;
    }
    term(loop, a, b, note = "") {
      this.give(loop, a, b, a.value * b.value, note);
      this.uncertainty += a.spread * Math.abs(b.value) + Math.abs(a.value) * b.spread;
    }
    /** A term of 0, whatever `a` is: the op does not multiply it. The 0 may have a name. */
    leftOut(loop, a, note, called = "") {
      this.give(loop, a, this.number(0, 0, called), 0, note);
    }

    give(loop, a, b, product, note) {
      this.count++;
      this.sum += product;
      this.magnitude += Math.abs(product);
      if (this.sink) this.sink(loop, a, b, product, note);
    }
  }

  const factor = (kind, input, at, value) => ({ kind, input, at, value, spread: Math.abs(value) });

  /** What an op sees of its node: shapes, raw values and options, and what backward made of them. */
  const callOf = (trace, node) => {
    const { name, inputs, options, shape, value, grad } = trace.nodes[node];
    const call = {
      options,
      inputs: inputs.map((i) => ({ name: trace.nodes[i].name, ...trace.nodes[i].value })),
      output: { name, shape, data: value.data },
      dy: grad && { shape, data: withoutSet(trace, node, grad.data) },
    };
    if (!trace.changes.some((change) => change.node === node)) return call;
    const data = Reel.opOf(trace.nodes[node]).forward(call);
    return { ...call, output: { name, shape, data } };
  };

  // An element that was set is a constant: the op, which knows its own output, does not get its gradient.
  const withoutSet = (trace, node, data) => {
    const set = trace.changes.filter((change) => change.node === node);
    if (set.length === 0 || !data) return data;
    const copy = data.slice();
    for (const change of set) copy[change.element] = 0;
    return copy;
  };

  /** What the page knows of a node's op; null of a leaf, and of a program's own op that is no data. */
  Reel.opOf = ({ op, builtIn, formula, normalization, function: f }) =>
    formula || normalization || (builtIn && Reel.ops[op]) || f || null;

  /** Why the page cannot run an op again, or null. */
  Reel.unknownOp = (trace, node) => {
    const { op, builtIn, explains, inputs } = trace.nodes[node];
    const known = Reel.opOf(trace.nodes[node]);
    if (!known && explains === false) return Reel.text("{0} gives no explanation", op);
    if (!known) {
      return Reel.text(
        builtIn ? "the page does not know {0}" : "the page does not know {0}, an op of the program's own",
        op,
      );
    }
    if (known.reason) return known.reason;
    const cropped = [...inputs, node].find((i) => !Reel.isWhole(trace.nodes[i].value));
    return cropped === undefined ? null : Reel.tooLarge(trace.nodes[cropped].name);
  };
  Reel.tooLarge = (name) => Reel.text("{0} is too large to be in the page", name);
  Reel.cannotRun = (name, reason) => Reel.text("the page cannot run {0} again: {1}", name, reason);
  Reel.hasNoElements = (name) => Reel.text("{0} has no elements", name);
  /** A reason why the page cannot do what a command of the terminal can. */
  Reel.inTerminal = (reason, command) => Reel.text("{0}; in the terminal: {1}", reason, command);

  /** Null, or why an event's numbers are not explained here, and what to type in the terminal. */
  Reel.Trace.prototype.unsupported = function (event, element = 0) {
    const { kind, op, node } = this.events[event];
    const { name, shape } = this.nodes[node];
    if (kind === "leaf") return Reel.text("{0} was given: nothing computed it", name);
    if (kind === "seed") return Reel.text("the gradient of the loss with respect to itself is 1");
    if (Reel.numel(shape) === 0) return Reel.hasNoElements(name);
    const cropped = kind === "backward" && ![this.nodes[op].grad, this.made(event)].every(Reel.isWhole);
    const tooLarge = Reel.text("the gradient of {0} is too large to be in the page", this.nodes[op].name);
    const reason = Reel.unknownOp(this, op) || (cropped ? tooLarge : null);
    if (!reason) return null;
    const number = this.eventText(event, element);
    if (this.nodes[op].explains !== false) return Reel.inTerminal(reason, `why ${number}`);
    return Reel.text("{0}, neither here nor in the terminal", reason);
  };

  // Runs an op's explanation; null where there is none.
  const answer = (trace, event, element, sink) => {
    if (trace.unsupported(event, element)) return null;
    const { kind, op, input } = trace.events[event];
    const e = new Explain(trace.callOf(op), kind === "backward" ? input : -1, element, sink);
    Reel.opOf(trace.nodes[op]).explain(e);
    return e;
  };

  // The re-summed number beside the stored one, which float32 has rounded.
  const audit = (trace, event, element, e) => {
    const { kind, node } = trace.events[event];
    const stored = trace.made(event).data[element];
    const rounding = trace.precision === "float" ? kFactorRoundingOfFloat : kFactorRounding;
    const residual = Math.abs(e.sum - stored);
    const tolerance = rounding * e.uncertainty + kTiny;
    // NaN and infinities have no residual, and beside an infinite factor equal numbers no tolerance.
    const same = Object.is(Math.fround(e.sum), stored) || e.sum === stored;
    return {
      sum: e.sum,
      magnitude: e.magnitude,
      stored,
      residual: same && !Number.isFinite(stored) ? 0 : residual,
      tolerance,
      ok: same || residual <= tolerance,
      set: kind === "forward" && trace.isSet(node, element),
    };
  };

  const shownFactor = (trace, op, f) => {
    if (f.kind === "number") return { kind: f.kind, name: Reel.format(f.value), value: f.value, called: f.called };
    const node = f.kind === "input" ? trace.nodes[op].inputs[f.input] : op;
    const gradient = f.kind === "dy";
    const index = Reel.index(trace.nodes[node].shape, f.at);
    const name = trace.text(node, gradient, f.at);
    return { kind: f.kind, node, gradient, element: f.at, index, name, value: f.value };
  };

  Object.assign(Reel.Trace.prototype, {
    callOf(node) {
      this.calls = this.calls || new Map();
      if (!this.calls.has(node)) this.calls.set(node, callOf(this, node));
      return this.calls.get(node);
    },

    /**
     * Why one element of what an event made is what it is: {place, formula, loop, terms (at most `limit` of
     * `count`), sum, magnitude, stored, residual, tolerance, ok, set}; null where there is no explanation. A
     * number that was `set` is not what the op computes, which is `sum`. A term is {loop, a, b, product, note}, a
     * factor {kind: "input", "output", "dy" or "number", name, value} and, where it stands in a tensor, {node,
     * gradient, element, index}, else {called}.
     */
    explain(event, element, limit = Infinity) {
      const op = this.events[event].op;
      const terms = [];
      const e = answer(this, event, element, (loop, a, b, product, note) => {
        if (terms.length >= limit) return;
        const [first, second] = [a, b].map((f) => shownFactor(this, op, f));
        const why = note === "" && a.kind === "dy" && a.value === 0 ? this.whyZero(op, a.at) : note;
        terms.push({ loop: [...loop], a: first, b: second, product, note: why });
      });
      if (!e) return null;
      const { place, formula, loop, count } = e;
      return { place, formula, loop, terms, count, ...audit(this, event, element, e) };
    },

    /** The same without the terms: what re-summing gives beside the stored number. */
    audit(event, element) {
      const e = answer(this, event, element, null);
      return e && audit(this, event, element, e);
    },

    /** Why an element of a gradient is 0, where an op held it back: "relu off (z = -24)"; else "". */
    whyZero(node, element) {
      if (this.isSet(node, element) && this.nodes[node].inputs.length > 0) return Reel.text("set: a constant");
      const events = this.gradEvents(node);
      const made = events.length === 1 ? this.made(events[0]) : null;
      if (!made || !made.data || made.data[element] !== 0) return "";
      let note = "";
      const e = answer(this, events[0], element, (loop, a, b, product, said) => (note = said));
      return e && e.count === 1 && e.sum === 0 ? note : "";
    },
  });

  Reel.Explain = Explain;
}
