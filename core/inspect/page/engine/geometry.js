"use strict";
// Which numbers have to do with which: the receptive field, the cost, and the uses of a number.
{
  // ---- The receptive field: rows and columns of images, {first, last, size, jump, before, after}. `size`
  // counts also what lies in the padding, `before` and `after` the image; `jump` is how far the windows of
  // two neighbours are apart.

  // What an image's pixel reads of another image, as its op says it; null where it is not a window.
  const windowOf = (trace, node, k) => {
    const { options, inputs, shape } = trace.nodes[node];
    const op = Reel.opOf(trace.nodes[node]);
    const shapes = inputs.map((i) => trace.nodes[i].shape);
    const known = op?.window && shape.length === 4 && shapes[k].length === 4;
    return known ? op.window(options, shapes, shape, k) : null;
  };

  // The side of an input that a side of the output reads.
  const reach = (out, { kernel, stride, dilation, start, transposed }, d, length) => {
    const span = (kernel[d] - 1) * dilation[d];
    // A transposed window has its stride in the output.
    const [low, high] = [out.first - start[d] - span, out.last - start[d]];
    const first = transposed ? Math.ceil(low / stride[d]) : out.first * stride[d] + start[d];
    const last = transposed ? Math.floor(high / stride[d]) : out.last * stride[d] + start[d] + span;
    return {
      first: Math.max(first, 0),
      last: Math.min(last, length - 1),
      size: transposed ? last - first + 1 : (out.size - 1) * stride[d] + span + 1,
      jump: transposed ? out.jump / stride[d] : out.jump * stride[d],
      before: Math.max(0, -first),
      after: Math.max(0, last - length + 1),
    };
  };
  const isEmpty = ({ first, last }) => last < first;

  const joined = (a, b) => ({
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    size: Math.max(a.size, b.size),
    jump: Math.max(a.jump, b.jump),
    before: Math.max(a.before, b.before),
    after: Math.max(a.after, b.after),
  });

  // Adds to `fields` what input k of a node is read for.
  const readBy = (trace, node, k, fields) => {
    const out = fields.get(node);
    const input = trace.nodes[node].inputs[k];
    const window = windowOf(trace, node, k);
    const earlier = fields.get(input);
    if (out.all || !window || (earlier && earlier.all)) return fields.set(input, { all: true });
    const { shape } = trace.nodes[input];
    const [rows, columns] = [out.rows, out.columns].map((side, d) => reach(side, window, d, shape[2 + d]));
    if (isEmpty(rows) || isEmpty(columns)) return; // another part of what was put together
    if (!earlier) return fields.set(input, { all: false, rows, columns });
    fields.set(input, {
      all: false,
      rows: joined(earlier.rows, rows),
      columns: joined(earlier.columns, columns),
    });
  };

  // ---- The cost.

  const costOf = (trace, node) => {
    const { inputs, shape } = trace.nodes[node];
    const op = Reel.opOf(trace.nodes[node]);
    const elements = Reel.numel(shape);
    if (!op?.loops) return { node, macs: 0, loops: "", counts: [], elements };
    const shapes = inputs.map((i) => trace.nodes[i].shape);
    const counts = op.loops(shapes, shape);
    const loops = `for ${counts.map(([name, count]) => `${name}<${count}`).join(", ")}`;
    return { node, macs: counts.reduce((product, [, count]) => product * count, 1), loops, counts, elements };
  };

  // ---- Uses.

  // The terms of the gradient of an element are its uses: each is an element of dy times the factor that it
  // was multiplied by. So they are asked for, whether backward has come there or not.
  const usesBy = (trace, reader, input, element) => {
    const call = trace.callOf(reader);
    const asked = {
      ...call,
      dy: { shape: call.output.shape, data: call.dy && call.dy.data ? call.dy.data : call.output.data },
    };
    const uses = new Map();
    const e = new Reel.Explain(asked, input, element, (loop, a, b, product, note) => {
      if (a.kind !== "dy") return;
      const use = uses.get(a.at) || {
        node: reader,
        input,
        element: a.at,
        index: Reel.index(call.output.shape, a.at),
        factor: 0,
        note,
      };
      use.factor += b.value;
      uses.set(a.at, use);
    });
    Reel.opOf(trace.nodes[reader]).explain(e);
    return [...uses.values()];
  };

  Object.assign(Reel.Trace.prototype, {
    /**
     * What a number depends on, from its own node back to the leaves: [{node, all, rows, columns}] with
     * {first, last, size, jump, before, after} of both where `all` is false. Weights and the statistics of a
     * normalisation are left out.
     */
    receptiveField(node, element) {
      const { shape } = this.nodes[node];
      const image = shape.length === 4;
      const side = (at) => ({ first: at, last: at, size: 1, jump: 1, before: 0, after: 0 });
      const [, , row, column] = Reel.index(shape, element);
      const fields = new Map([
        [node, image ? { all: false, rows: side(row), columns: side(column) } : { all: true }],
      ]);
      for (let i = node; i >= 0; i--) {
        if (!fields.has(i)) continue;
        const { inputs } = this.nodes[i];
        inputs.slice(0, Reel.opOf(this.nodes[i])?.data).forEach((_, k) => readBy(this, i, k, fields));
      }
      return [...fields].sort(([a], [b]) => b - a).map(([i, field]) => ({ node: i, ...field }));
    },

    /** Multiply-adds of each op in nested loops: [{node, macs, loops: "for n<1, o<2", counts, elements}]. */
    cost() {
      return this.nodes.flatMap(({ inputs }, node) => (inputs.length === 0 ? [] : [costOf(this, node)]));
    },

    /**
     * The later numbers that read this one: [{node, input, element, index, factor, note}], `factor` being
     * their derivative with respect to it; {node, input, reason} of an op that the page cannot run.
     */
    uses(node, element) {
      return this.nodes.flatMap(({ inputs }, reader) =>
        inputs.flatMap((from, input) => {
          if (from !== node) return [];
          const reason = Reel.unknownOp(this, reader);
          return reason ? [{ node: reader, input, reason }] : usesBy(this, reader, input, element);
        }),
      );
    },
  });
}
