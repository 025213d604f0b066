"use strict";
// Which numbers have to do with which: the receptive field, the cost, and the uses of a number.
{
  // ---- The receptive field, as core/inspect/detail/receptive_field.h has it: a field is {kind: "pixels", rows,
  // columns, turned, moves}, {kind: "all"} or {kind: "unknown"}. Rows and columns are {first, last} of those that the
  // image has, none where last < first; {begin, end}, the same where no border cuts anything off; the jump, how far those of two
  // neighbours are apart; and the padding {before, after} that is read.

  const kNothing = [0, -1];
  const isEmpty = ([first, last]) => last < first;
  const around = (a, b) =>
    isEmpty(a) || isEmpty(b) ? (isEmpty(a) ? b : a) : [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
  const cut = ([first, last], size) => [Math.max(first, 0), Math.min(last, size - 1)];

  // Rows (d = 0) or columns (d = 1) of an input that those of the output read.
  const readBy = ({ kind, kernel, stride, dilation, start }, d, out) => {
    if (isEmpty(out)) return kNothing;
    if (kind !== "transposed") {
      return [out[0] * stride[d] + start[d], out[1] * stride[d] + start[d] + (kernel[d] - 1) * dilation[d]];
    }
    let result = kNothing; // tap by tap, for where the kernel is dilated not every row meets one
    for (let u = 0; u < kernel[d]; u++) {
      const offset = start[d] + u * dilation[d];
      result = around(result, [
        Math.ceil((out[0] - offset) / stride[d]),
        Math.floor((out[1] - offset) / stride[d]),
      ]);
    }
    return result;
  };

  const step = (out, reads, d, size) => {
    const seen = readBy(reads, d, [out.first, out.last]);
    const [first, last] = cut(seen, size);
    const unbounded = readBy(reads, d, [out.begin, out.end]);
    const [begin, end] = reads.kind === "part" ? cut(unbounded, size) : unbounded;
    const pads = reads.kind === "window" && !isEmpty(seen);
    return {
      first,
      last,
      begin,
      end,
      jump: reads.kind === "transposed" ? out.jump / reads.stride[d] : out.jump * reads.stride[d],
      before: pads ? Math.max(0, -seen[0]) : 0,
      after: pads ? Math.max(0, seen[1] - size + 1) : 0,
    };
  };

  const joinedExtents = (a, b) => {
    const [first, last] = around([a.first, a.last], [b.first, b.last]);
    const [begin, end] = around([a.begin, a.end], [b.begin, b.end]);
    return {
      first,
      last,
      begin,
      end,
      jump: Math.max(a.jump, b.jump),
      before: Math.max(a.before, b.before),
      after: Math.max(a.after, b.after),
    };
  };

  const joined = (a, b) => {
    if (a.kind === "all" || b.kind === "all") return { kind: "all" };
    if (a.kind === "unknown" || b.kind === "unknown") return { kind: "unknown" };
    return {
      kind: "pixels",
      rows: joinedExtents(a.rows, b.rows),
      columns: joinedExtents(a.columns, b.columns),
      turned: a.turned,
      moves: a.moves && b.moves && a.turned === b.turned,
    };
  };

  const extentOf = (first, last, jump) => ({ first, last, begin: first, end: last, jump, before: 0, after: 0 });
  const isImage = (shape) => shape.length === 4;
  const kAlong = ["pixels", "part", "window", "transposed", "swapped"];

  // What a field becomes in an image that is read as windows; null where it lies in other inputs alone.
  const behindWindow = (out, reads, to, from) => {
    const pixels = out.kind === "pixels";
    let sides = pixels ? [out.rows, out.columns] : [to[2], to[3]].map((size) => extentOf(0, size - 1, 0));
    if (reads.kind === "swapped") sides = [sides[1], sides[0]];
    const [rows, columns] = sides.map((side, d) => step(side, reads, d, from[2 + d]));
    if (reads.kind === "part" && (rows.end < rows.begin || columns.end < columns.begin)) return null;
    const whole = ({ first, last }, size) => first === 0 && last === size - 1;
    if (!pixels && whole(rows, from[2]) && whole(columns, from[3])) return { kind: "all" };
    const turned = Boolean(out.turned) !== (reads.kind === "swapped");
    return { kind: "pixels", rows, columns, turned, moves: pixels && out.moves };
  };

  // What a field becomes in an input; null where the number does not depend on that.
  const behind = (out, reads, to, from) => {
    if (reads.kind === "weight") return null;
    if (["all", "batch"].includes(reads.kind) || (reads.kind === "rearranged" && out.kind === "all")) return { kind: "all" };
    const least = reads.kind === "transposed" ? 1 : 0;
    const along = kAlong.includes(reads.kind) && reads.stride.every((stride) => stride >= least);
    if (out.kind === "unknown" || !along || !isImage(to) || !isImage(from)) return { kind: "unknown" };
    return behindWindow(out, reads, to, from);
  };

  const ownField = (shape, element) => {
    if (!isImage(shape)) return { kind: "unknown" };
    const [, , row, column] = Reel.index(shape, element);
    return {
      kind: "pixels",
      rows: extentOf(row, row, 1),
      columns: extentOf(column, column, 1),
      turned: false,
      moves: true,
    };
  };

  // ---- The cost.

  const costOf = (trace, node) => {
    const { shape } = trace.nodes[node];
    const elements = Reel.numel(shape);
    const counts = Reel.opOf(trace.nodes[node])?.loops?.() ?? [];
    if (counts.length === 0) return { node, macs: 0, loops: "", counts, elements };
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
     * What a number depends on, from its own node back to the leaves: [{node, kind, rows, columns, turned, moves}].
     * It `moves` from number to number, alike everywhere, where size and jump mean something; `turned` says that its
     * rows and columns are the number's columns and rows. Weights are left out.
     */
    receptiveField(node, element) {
      const fields = new Map([[node, ownField(this.nodes[node].shape, element)]]);
      for (let i = node; i >= 0; i--) {
        const out = fields.get(i);
        const { inputs, reads, shape } = this.nodes[i];
        if (!out) continue;
        inputs.forEach((input, k) => {
          const field = behind(out, reads[k], shape, this.nodes[input].shape);
          if (!field) return;
          fields.set(input, fields.has(input) ? joined(fields.get(input), field) : field);
        });
      }
      return [...fields].sort(([a], [b]) => b - a).map(([i, field]) => ({ node: i, ...field }));
    },

    /**
     * How many pixels a field has where no border cuts anything off, and how far it moves, both along the number's own
     * rows and columns: {size, jump}; null where it does not move.
     */
    movingField({ kind, rows, columns, turned, moves }) {
      if (kind !== "pixels" || !moves) return null;
      const sides = turned ? [columns, rows] : [rows, columns];
      return { size: sides.map(({ begin, end }) => end - begin + 1), jump: sides.map(({ jump }) => jump) };
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
