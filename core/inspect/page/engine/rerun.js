"use strict";
// The same step with other numbers: its forward and backward run again, in double from the numbers of its leaves. What comes
// out is a trace like any other.
{
  // ---- Forward.

  /** What an op computes of other inputs: overrides[i] in the place of the i-th. */
  const forwardOf = (trace, node, overrides = []) => {
    const recorded = trace.callOf(node);
    const inputs = recorded.inputs.map((input, i) => (overrides[i] ? { ...input, data: overrides[i] } : input));
    const call = { ...recorded, inputs };
    return { call, data: Reel.opOf(trace.nodes[node]).forward(call) };
  };

  /**
   * Runs nodes again in their order, on the `values` that are known of others, and adds theirs; `changes` are set again.
   * see(node, call) of each.
   */
  Reel.replay = (trace, nodes, values, changes = trace.changes, see = () => {}) => {
    for (const node of nodes) {
      const { call, data } = forwardOf(trace, node, trace.nodes[node].inputs.map((i) => values[i]));
      for (const set of changes) if (set.node === node) data[set.element] = set.value;
      values[node] = data;
      see(node, call);
    }
  };

  /** The output of an op, computed from other inputs: {shape, data}, or {reason}. */
  Reel.Trace.prototype.forwardOf = function (node, overrides = []) {
    const reason = Reel.unknownOp(this, node);
    return reason ? { reason } : { shape: this.nodes[node].shape, data: forwardOf(this, node, overrides).data };
  };

  // ---- Backward.

  const addTo = (node, data) => {
    const sum = node.grad ? node.grad.data.map((x, i) => x + data[i]) : data;
    node.grad = { shape: node.shape, data: sum };
  };

  // In the order of the events, so that a gradient is whole when its node's op gets it.
  const runBackward = (trace) => {
    trace.events = trace.events.map((event) => {
      if (event.kind !== "seed" && event.kind !== "backward") return event;
      const node = trace.nodes[event.node];
      const data =
        event.kind === "seed"
          ? new Float64Array(Reel.numel(node.shape)).fill(1)
          : Reel.opOf(trace.nodes[event.op]).backward(trace.callOf(event.op), event.input);
      addTo(node, data);
      const isPart = trace.gradEvents(event.node).length > 1;
      return { ...event, made: isPart ? { shape: node.shape, data } : null };
    });
  };

  // ---- The step.

  const isLeaf = ({ inputs }) => inputs.length === 0;
  const doubles = (data) => (data instanceof Float64Array ? data : Float64Array.from(data));

  // Why the page cannot run the step again, or null.
  const unknownNode = Reel.remembering((trace) =>
    trace.nodes.findIndex((node, i) => !isLeaf(node) && Reel.unknownOp(trace, i)),
  );
  const whyNoRerun = (trace) => {
    const node = unknownNode(trace);
    return node < 0 ? null : Reel.cannotRun(trace.nodes[node].name, Reel.unknownOp(trace, node));
  };

  // What an op reads for a table of its formula, as the rows of an embedding, and all that leads there: {node: the op}. The
  // table came with the page and is not made anew.
  const tablesOf = Reel.remembering((trace) => {
    const readers = new Map();
    for (let i = trace.nodes.length; i-- > 0;) {
      const op = Reel.opOf(trace.nodes[i]);
      trace.nodes[i].inputs.forEach((input, k) => {
        if (op?.multiplies && !op.multiplies(k)) readers.set(input, i);
        else if (readers.has(i)) readers.set(input, readers.get(i));
      });
    }
    return readers;
  });

  Object.assign(Reel.Trace.prototype, {
    /** The step as the page computes it, with other numbers in some leaves, {node: data}, and these `changes`. */
    rerun(leaves = new Map(), changes = this.changes) {
      const values = this.nodes.map((node, i) => (isLeaf(node) ? (leaves.get(i) ?? doubles(node.value.data)) : null));
      const ops = this.nodes.flatMap((node, i) => (isLeaf(node) ? [] : [i]));
      Reel.replay(this, ops, values, changes);
      const next = Object.assign(Object.create(Reel.Trace.prototype), this, { changes, calls: new Map() });
      next.nodes = this.nodes.map((node, i) => ({ ...node, value: { shape: node.shape, data: values[i] }, grad: null }));
      runBackward(next);
      return next;
    },

    /** Why no number of a node can be set here, or null. */
    whyFixed(node) {
      const { name, shape, value } = this.nodes[node];
      const inTerminal = (reason) =>
        Reel.text("{0}; in the terminal: set {1} and rerun", reason, this.text(node, false, 0));
      if (whyNoRerun(this)) return inTerminal(whyNoRerun(this));
      if (Reel.numel(shape) === 0) return Reel.hasNoElements(name);
      if (!Reel.isWhole(value)) return inTerminal(Reel.tooLarge(name));
      const reader = this.nodes[tablesOf(this).get(node)];
      return reader ? inTerminal(Reel.text("{0} says which rows {1} reads", name, reader.name)) : null;
    },

    /**
     * The same step with one number set, as the library's Trace::with: in what an op computed it is a constant, through which
     * no gradient flows back.
     */
    with(node, element, value) {
      const others = this.changes.filter((set) => set.node !== node || set.element !== element);
      const changes = [...others, { node, element, value }];
      if (!isLeaf(this.nodes[node])) return this.rerun(new Map(), changes);
      const data = Float64Array.from(this.nodes[node].value.data);
      data[element] = value;
      return this.rerun(new Map([[node, data]]), changes);
    },

    /** The first infinity or NaN that was computed, in the order of the events: {node, gradient, element}, or null. */
    firstNotFinite() {
      for (const [i, { kind, node }] of this.events.entries()) {
        const element = kind === "leaf" ? -1 : this.made(i).data.findIndex((x) => !Number.isFinite(x));
        if (element >= 0) return { node, gradient: kind !== "forward", element };
      }
      return null;
    },
  });
}
