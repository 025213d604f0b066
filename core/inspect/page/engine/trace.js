"use strict";
// The step that the page shows: its events, and what was known at each time. A time counts events: at time t,
// events 0 to t - 1 have happened.
{
  const isWhole = (tensor) => tensor !== null && tensor.data !== undefined;

  // {shape, data}, or {shape, summary} of a tensor of which the page has statistics and a crop alone.
  const unpack = (shape, packed) => {
    if (!packed) return null;
    if (typeof packed.data === "string") return { shape, data: Reel.decode(packed.data) };
    const crop = packed.crop && { ...packed.crop, data: Reel.decode(packed.crop.data) };
    return { shape, summary: { ...packed, crop } };
  };

  const optionsOf = (options) =>
    Object.fromEntries(Object.entries(options || {}).map(([name, values]) => [name, values.map(Reel.numberOf)]));

  // Where a product is left out, its mask says so; tables have numbers by the turns of loops.
  const formulaOf = (formula) => {
    if (!formula) return null;
    const decoded = (table) => ({ ...table, numbers: Reel.decode(table.numbers.data) });
    const partOf = ([loop, step, per, table]) => [loop, step, per, table && decoded(table)];
    const accessOf = (access) => access.map(([start, ...parts]) => [start, ...parts.map(partOf)]);
    const summands = formula.summands.map(({ result, factors, scale, note }) => ({
      result: accessOf(result),
      factors: factors.map(({ input, at }) => ({ input, at: accessOf(at) })),
      scale: {
        ...scale,
        number: Reel.numberOf(scale.number),
        weights: scale.weights.map(decoded),
        mask: scale.mask && Reel.decode(scale.mask.data),
      },
      note,
    }));
    return Reel.formulaOp({ ...formula, summands, elsewhere: Reel.numberOf(formula.elsewhere) });
  };

  // Of an element that was set again, the last change holds.
  const lastOf = (changes) => [
    ...new Map(changes.map((change) => [`${change.node}/${change.element}`, change])).values(),
  ];

  class Trace {
    constructor(json) {
      this.precision = json.precision;
      this.version = json.version;
      this.loss = json.loss;
      this.questions = json.questions || []; // exercises: {number, time, hint, text}, but for the number as far as there is one
      // Elements that were set, in the values of their nodes.
      this.changes = lastOf((json.changes || []).map((one) => ({ ...one, value: Reel.numberOf(one.value) })));
      this.nodes = json.nodes.map((node) => ({
        ...node,
        options: optionsOf(node.options),
        formula: formulaOf(node.formula),
        function: node.function && Reel.functionOp(node.op, node.function, optionsOf(node.options)),
        normalization: node.normalization ? Reel.normalizationOp(node.normalization, optionsOf(node.options)) : null,
        value: unpack(node.shape, node.value),
        grad: unpack(node.shape, node.grad),
      }));
      this.events = json.events.map((event) => ({
        ...event,
        made: unpack(json.nodes[event.node].shape, event.made),
      }));
      this.indexEvents();
    }

    indexEvents() {
      this.valueEvents = this.nodes.map(() => -1);
      this.gradientEvents = this.nodes.map(() => []);
      this.events.forEach((event, i) => {
        const gradient = event.kind === "seed" || event.kind === "backward";
        if (gradient) this.gradientEvents[event.node].push(i);
        else this.valueEvents[event.node] = i;
      });
    }

    /** The event that made the value of a node / those that added to its gradient, in their order. */
    valueEvent(node) {
      return this.valueEvents[node];
    }
    gradEvents(node) {
      return this.gradientEvents[node];
    }

    /** Null before there is one. */
    value(node, time = Infinity) {
      return this.valueEvents[node] < time ? this.nodes[node].value : null;
    }

    grad(node, time = Infinity) {
      const all = this.gradientEvents[node];
      const past = all.filter((event) => event < time);
      if (past.length === 0) return null;
      return past.length === all.length ? this.nodes[node].grad : this.partialSum(node, past);
    }

    partialSum(node, events) {
      const parts = events.map((event) => this.made(event));
      if (parts.length === 1) return parts[0];
      const shape = this.nodes[node].shape;
      if (!parts.every(isWhole)) return { shape, summary: { numel: Reel.numel(shape) } }; // not to be known
      const sum = Float64Array.from(parts[0].data);
      for (const part of parts.slice(1)) part.data.forEach((x, i) => (sum[i] += x));
      return { shape, data: parts[0].data.constructor.from(sum) };
    }

    /** Whether an element of a node's value was set. */
    isSet(node, element) {
      return this.changes.some((change) => change.node === node && change.element === element);
    }

    /** What an event made: a value, or what it alone added to a gradient. */
    made(event) {
      const { kind, node, made } = this.events[event];
      if (kind === "leaf" || kind === "forward") return this.nodes[node].value;
      return made || this.nodes[node].grad;
    }

    /** "dw[0,1,0,1]" */
    text(node, gradient, element) {
      const { name, shape } = this.nodes[node];
      return `${gradient ? "d" : ""}${name}${Reel.indexText(shape, element)}`;
    }
    eventText(event, element) {
      const { kind, node } = this.events[event];
      return this.text(node, kind === "seed" || kind === "backward", element);
    }

    /** The node of a name or of a position as in "#3", -1 where there is none; several are an Error. */
    find(name) {
      const found = this.nodes.flatMap((node, i) => (node.name === name ? [i] : []));
      if (found.length > 1) {
        const list = found.map((i) => `#${i} ${this.nodes[i].op} (${this.nodes[i].where})`).join(", ");
        throw new Error(
          Reel.text('{0} nodes are called "{1}": {2}; say which by its number', found.length, name, list),
        );
      }
      if (found.length === 1) return found[0];
      const position = /^#(\d{1,9})$/.exec(name);
      return position && Number(position[1]) < this.nodes.length ? Number(position[1]) : -1;
    }

    /** Whose value or gradient a name is: "dw" is w's gradient unless a node has that very name. */
    findTensor(name) {
      const node = this.find(name);
      if (node >= 0) return { node, gradient: false };
      const of = /^(?:d|grad\s+)(.+)$/s.exec(name);
      const base = of ? this.find(of[1]) : -1;
      if (base >= 0) return { node: base, gradient: true };
      const names = this.nodes.map((n) => n.name);
      const meant = Reel.nearest(name, [...names, ...names.map((n) => `d${n}`)]);
      throw new Error(
        meant
          ? Reel.text('nothing is called "{0}"; did you mean "{1}"?', name, meant)
          : Reel.text('nothing is called "{0}"', name),
      );
    }

    /**
     * "dw[0,1,0,1]", "grad w[0,1,0,1]", "#3[1]" -> {node, gradient, element, index}. Without an index
     * `element` is null, but of a tensor of one number it is 0.
     */
    parse(text) {
      const parts = /^(.*?)\s*(?:\[([^\]]*)\])?$/s.exec(text.trim());
      const whole = this.nodes.some((node) => node.name === text.trim()); // a name may end in brackets
      const { node, gradient } = this.findTensor(whole ? text.trim() : parts[1]);
      const { name, shape } = this.nodes[node];
      const called = `${gradient ? "d" : ""}${name}`;
      if (whole || parts[2] === undefined) {
        const single = Reel.numel(shape) === 1;
        return { node, gradient, element: single ? 0 : null, index: single ? Reel.index(shape, 0) : null };
      }
      const index = indexOf(called, shape, parts[2]);
      return { node, gradient, element: Reel.element(shape, index), index };
    }
  }

  const wrongCount = (of, wanted, given) =>
    wanted === 1
      ? Reel.text("{0} is {1} and wants 1 number in the brackets, not {2}", ...of, given)
      : Reel.text("{0} is {1} and wants {2} numbers in the brackets, not {3}", ...of, wanted, given);

  const indexOf = (called, shape, text) => {
    const numbers = text.trim() === "" ? [] : text.split(",").map((part) => part.trim());
    const of = [called, Reel.shapeText(shape)];
    if (Reel.numel(shape) === 0) throw new Error(Reel.text("{0} is {1}: it has no elements", ...of));
    if (numbers.length !== shape.length) throw new Error(wrongCount(of, shape.length, numbers.length));
    return numbers.map((number, d) => {
      if (!/^\d+$/.test(number)) throw new Error(Reel.text('{0} is {1}; "{2}" is no position in it', ...of, number));
      if (Number(number) < shape[d]) return Number(number);
      throw new Error(
        Reel.text(
          "{0} is {1}; position {2} in dimension {3} is out of range, they are 0 to {4}",
          ...[...of, number, d, shape[d] - 1],
        ),
      );
    });
  };

  Reel.Trace = Trace;
  Reel.isWhole = isWhole;
  /** The data that the page carries -> a trace of it. */
  Reel.load = (json) => new Trace(json);
}
