"use strict";
// Which numbers have to do with which: the receptive field, the cost, and the uses of a number.
{
  const kElementwise = new Set(["add", "sub", "mul", "div", "neg", "relu", "leaky_relu", "gelu", "silu", "sigmoid",
    "tanh", "exp", "log", "sqrt", "pow", "abs", "clamp", "dropout", "batch_norm2d"]);
  // Ops of which only the first input is data, the others parameters.
  const kWithParameters = new Set(["conv2d", "conv1x1", "conv_transpose2d", "linear", "batch_norm2d", "layer_norm"]);

  // ---- The receptive field: rows and columns of images, {first, last, size, jump}. `size` counts what padding
  // or an edge cuts off, `jump` is the distance in the image of two neighbours in the result.

  const windowOf = ({ op, options, shape }, weight, input) => {
    const { stride, padding = [0, 0, 0, 0], dilation = [1, 1] } = options;
    const start = [-padding[0], -padding[2]];
    if (op === "conv2d" || op === "conv1x1" || op === "conv_transpose2d") {
      const kernel = weight.shape.length === 4 ? weight.shape.slice(2) : [1, 1];
      return { kernel, stride: stride || [1, 1], dilation, start };
    }
    if (op === "max_pool2d" || op === "avg_pool2d") return { kernel: options.kernel, stride, dilation, start };
    if (op === "global_avg_pool2d") return { kernel: input.shape.slice(2), stride: [1, 1], dilation, start };
    if (op === "pad2d") return { kernel: [1, 1], stride: [1, 1], dilation, start };
    if (!kElementwise.has(op)) return null;
    // What is broadcast is read again and again: a stride of 0.
    return { kernel: [1, 1], stride: [2, 3].map((d) => Number(input.shape[d] === shape[d])), dilation, start };
  };

  // A part of what was put together, or a slice along one dimension.
  const partOf = (trace, { op, options, inputs }, k) => {
    const window = { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], start: [0, 0] };
    const dim = options.dim[0];
    if (dim < 2) return window;
    const before = inputs.slice(0, k).reduce((sum, i) => sum + trace.nodes[i].shape[dim], 0);
    window.start[dim - 2] = op === "slice" ? options.begin[0] : -before;
    if (op === "slice") window.stride[dim - 2] = options.step[0];
    return window;
  };

  const slidingOf = (trace, node, k) => {
    const info = trace.nodes[node];
    const input = trace.nodes[info.inputs[k]];
    if (info.shape.length !== 4 || input.shape.length !== 4) return null;
    if (info.op === "concat" || info.op === "slice") return partOf(trace, info, k);
    return windowOf(info, trace.nodes[info.inputs[1]], input);
  };

  // The side of an input that a side of the output reads, and how much of that lies before and after the image.
  const reach = (out, { kernel, stride, dilation, start }, d, size, transposed) => {
    const span = (kernel[d] - 1) * dilation[d];
    let [first, last] = [out.first * stride[d] + start[d], out.last * stride[d] + start[d] + span];
    if (transposed) first = Math.ceil((out.first - start[d] - span) / stride[d]);
    if (transposed) last = Math.floor((out.last - start[d]) / stride[d]);
    return {
      first: Math.max(first, 0),
      last: Math.min(last, size - 1),
      size: transposed ? last - first + 1 : (out.size - 1) * stride[d] + span + 1,
      jump: transposed ? out.jump / stride[d] : out.jump * stride[d],
      before: Math.max(0, -first),
      after: Math.max(0, last - size + 1),
    };
  };

  const joined = (a, b) =>
    a && {
      first: Math.min(a.first, b.first),
      last: Math.max(a.last, b.last),
      size: Math.max(a.size, b.size),
      jump: Math.max(a.jump, b.jump),
      before: Math.max(a.before, b.before),
      after: Math.max(a.after, b.after),
    };

  const readBy = (trace, node, k, fields) => {
    const { op, inputs } = trace.nodes[node];
    const out = fields.get(node);
    const input = trace.nodes[inputs[k]];
    const sliding = slidingOf(trace, node, k);
    const earlier = fields.get(inputs[k]);
    if (out.all || !sliding || (earlier && earlier.all)) return fields.set(inputs[k], { all: true });
    const [rows, columns] = [out.rows, out.columns].map((side, d) =>
      reach(side, sliding, d, input.shape[2 + d], op === "conv_transpose2d"));
    const field = earlier ? { rows: joined(earlier.rows, rows), columns: joined(earlier.columns, columns) } : { rows, columns };
    fields.set(inputs[k], { all: false, ...field });
  };

  // ---- The cost.

  const loopsText = (loops) => `for ${loops.map(([name, count]) => `${name}<${count}`).join(", ")}`;

  // ---- Uses.

  // The terms of the gradient of an element are its uses: each is an element of dy times the factor that it was
  // multiplied by. So they are asked for, whether backward has come there or not.
  const usesBy = (trace, reader, input, element) => {
    const call = trace.callOf(reader);
    const asked = { ...call, dy: { shape: call.output.shape, data: call.dy && call.dy.data ? call.dy.data : call.output.data } };
    const uses = new Map();
    const e = new Reel.Explain(asked, input, element, (loop, a, b, product, note) => {
      if (a.kind !== "dy") return;
      const use = uses.get(a.at) || { node: reader, input, element: a.at, index: Reel.index(call.output.shape, a.at), factor: 0, note };
      use.factor += b.value;
      uses.set(a.at, use);
    });
    Reel.ops[trace.nodes[reader].op].explain(e);
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
      const fields = new Map([[node, image ? { all: false, rows: side(row), columns: side(column) } : { all: true }]]);
      for (let i = node; i >= 0; i--) {
        if (!fields.has(i)) continue;
        const { op, inputs } = this.nodes[i];
        inputs.slice(0, kWithParameters.has(op) ? 1 : undefined).forEach((_, k) => readBy(this, i, k, fields));
      }
      return [...fields].sort(([a], [b]) => b - a).map(([i, field]) => ({ node: i, ...field }));
    },

    /** Multiply-adds of each op in nested loops: [{node, macs, loops: "for n<1, o<2", counts, elements}]. */
    cost() {
      return this.nodes.flatMap(({ op, inputs, shape }, node) => {
        if (inputs.length === 0) return [];
        const multiplies = op in Reel.ops && Reel.ops[op].loops;
        const counts = multiplies ? multiplies(inputs.map((i) => this.nodes[i].shape), shape) : [];
        const macs = multiplies ? counts.reduce((product, [, count]) => product * count, 1) : 0;
        return [{ node, macs, loops: multiplies ? loopsText(counts) : "", counts, elements: Reel.numel(shape) }];
      });
    },

    /**
     * The later numbers that read this one: [{node, input, element, index, factor, note}], `factor` being their
     * derivative with respect to it; {node, input, reason} of an op that the page cannot run.
     */
    uses(node, element) {
      return this.nodes.flatMap(({ inputs }, reader) =>
        inputs.flatMap((from, input) => {
          if (from !== node) return [];
          const reason = Reel.unknownOp(this, reader);
          return reason ? [{ node: reader, input, reason }] : usesBy(this, reader, input, element);
        }));
    },
  });
}
