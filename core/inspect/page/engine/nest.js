"use strict";
// A formula's loops run over whole tensors: its value, and the gradient of an input, for which that input and the result
// change places. Along the longest loop each tensor is a line with a start and a step; the other loops are nested.
{
  const { entryOf, isFlat, loopsOf, loopsOfPart, partsOf, turnOf, valueOf } = Reel.turns;

  // ---- The scale of a product.

  const divisorOf = (formula, scale, all) =>
    scale.counts.reduce((product, { loop, at, low, high }) => {
      const turn = [...all];
      let count = 0;
      for (turn[loop] = 0; turn[loop] < formula.loops[loop].count; turn[loop]++) {
        const place = valueOf(at, turn);
        if (low <= place && place < high) count++;
      }
      return product * count;
    }, scale.number);
  const weightOf = ({ weights }, all) => weights.reduce((product, table) => product * entryOf(table, all), 1);

  // What the product is multiplied by where that is the same for all turns, else null.
  const constantOf = ({ mask, counts, weights, divides, number }) =>
    mask || counts.length > 0 || weights.length > 0 ? null : divides ? 1 / number : number;
  // Else, where the loops stand, and for an element of the result.
  const scaleAt = (formula, scale, all, element) => {
    if (scale.mask && scale.mask[element] === 0) return 0;
    if (scale.weights.length > 0) return weightOf(scale, all);
    if (scale.counts.length > 0) return 1 / divisorOf(formula, scale, all);
    return scale.divides ? 1 / scale.number : scale.number;
  };

  // ---- Where the tensors stand.

  // An affine index: how it begins as the line's loop does, and its step along the line.
  class Track {
    constructor([start, ...parts], line) {
      this.start = start;
      const isPlain = ([, , per, table]) => !table && per === 0;
      const along = parts.filter((part) => isPlain(part) && part[0] === line);
      const plain = parts.filter((part) => isPlain(part) && part[0] !== line);
      this.step = along.reduce((sum, part) => sum + part[1], 0);
      this.loops = plain.map(([loop]) => loop);
      this.steps = plain.map(([, step]) => step);
      this.others = parts.filter((part) => !isPlain(part));
    }
    first(turns) {
      let first = this.start;
      for (let i = 0; i < this.loops.length; i++) first += this.steps[i] * turns[this.loops[i]];
      for (let i = 0; i < this.others.length; i++) first += this.others[i][1] * turnOf(this.others[i], turns);
      return first;
    }
  }

  const sizesOf = ({ access, shape }) => (isFlat(access, shape) ? [Reel.numel(shape)] : shape);

  // Its place in row-major order.
  const rowMajor = (tensor) => {
    const sizes = sizesOf(tensor);
    let stride = 1;
    let [start, parts] = [0, []];
    for (let d = sizes.length; d-- > 0; stride *= sizes[d]) {
      const [first, ...more] = tensor.access[d];
      start += stride * first;
      for (const [loop, step, ...rest] of more) parts.push([loop, stride * step, ...rest]);
    }
    return [start, ...parts];
  };

  // Whether an index leaves 0 to size - 1 at some turn.
  const leaves = (formula, [start, ...parts], size) => {
    let [low, high] = [start, start];
    for (const [loop, step, per, table] of parts) {
      const turns = table ? table.numbers : [0, formula.loops[loop].count - 1].map((turn) => (per ? Math.floor(turn / per) : turn));
      const ends = turns.reduce(([least, most], turn) => [Math.min(least, turn), Math.max(most, turn)], [Infinity, -Infinity]);
      low += Math.min(...ends.map((turn) => step * turn));
      high += Math.max(...ends.map((turn) => step * turn));
    }
    return low < 0 || high >= size;
  };

  const guardsOf = (formula, tensor, line) =>
    sizesOf(tensor).flatMap((size, d) =>
      leaves(formula, tensor.access[d], size) ? [{ track: new Track(tensor.access[d], line), size }] : [],
    );

  // The longest loop of which no group's number is taken, and by which no table is read; of equals the last. Where there
  // is none, one more that runs once.
  const lineOf = (formula, summand) => {
    const grouped = partsOf(summand).flatMap((part) => (part[2] > 0 || part[3] ? loopsOfPart(part) : []));
    const count = (loop) => formula.loops[loop]?.count ?? 1;
    const free = loopsOf(summand).filter((loop) => !grouped.includes(loop));
    return free.reduce((best, loop) => (count(loop) >= count(best) ? loop : best), formula.loops.length);
  };

  class Nest {
    constructor(formula, summand, tensors) {
      this.counts = [...formula.loops.map(({ count }) => count), 1];
      this.line = lineOf(formula, summand);
      this.nested = loopsOf(summand).filter((loop) => loop !== this.line);
      this.turns = this.counts.map(() => 0);
      this.tracks = tensors.map((tensor) => new Track(rowMajor(tensor), this.line));
      this.guards = tensors.flatMap((tensor) => guardsOf(formula, tensor, this.line));
      this.at = tensors.map(() => 0); // where each tensor stands at the beginning of a line
      this.steps = this.tracks.map(({ step }) => step);
    }

    /** f(first turn, number of turns) for each line, as far as it lies within all tensors. */
    forEachLine(f, depth = 0) {
      if (depth === this.nested.length) return this.lineAt(f);
      const loop = this.nested[depth];
      for (let turn = 0; turn < this.counts[loop]; turn++) {
        this.turns[loop] = turn;
        this.forEachLine(f, depth + 1);
      }
    }

    lineAt(f) {
      let [low, high] = [0, this.counts[this.line]];
      for (let g = 0; g < this.guards.length; g++) {
        const { track, size } = this.guards[g];
        const first = track.first(this.turns);
        if (track.step === 0) {
          if (first < 0 || first >= size) return;
          continue;
        }
        const one = -first / track.step; // where the line crosses the two borders
        const other = (size - 1 - first) / track.step;
        low = Math.max(low, Math.ceil(Math.min(one, other)));
        high = Math.min(high, Math.floor(Math.max(one, other)) + 1);
      }
      if (low >= high) return;
      for (let t = 0; t < this.tracks.length; t++) {
        this.at[t] = this.tracks[t].first(this.turns) + low * this.steps[t];
      }
      f(low, high - low);
    }
  }

  // ---- The products along a line.

  // y += s a b: where y stays, its sum is kept apart.
  const addLine = (y, a, b, s, { at, steps }, count) => {
    let [i, j, k] = [at[0], at[1], at[2]];
    const [di, dj, dk] = [steps[0], steps[1], steps[2]];
    if (di === 0) {
      let sum = 0;
      for (let n = 0; n < count; n++, j += dj, k += dk) sum += a[j] * b[k];
      y[i] += s * sum;
    } else {
      for (let n = 0; n < count; n++, i += di, j += dj, k += dk) y[i] += s * a[j] * b[k];
    }
  };

  const one = { access: [], shape: [], data: Float64Array.of(1) };

  // Adds the products of a summand to the first of the tensors {access, shape, data}; the others are the factors. `result`
  // is which of them is the formula's own.
  const addProducts = (formula, summand, given, result) => {
    const { scale } = summand;
    const tensors = [...given, one, one].slice(0, 3);
    const [y, a, b] = tensors.map(({ data }) => data);
    const nest = new Nest(formula, summand, tensors);
    const constant = constantOf(scale);
    const skips = scale.chooses || scale.weights.length > 0; // what is left out is not read
    const place = (t, n) => nest.at[t] + n * nest.steps[t];
    const addOne = (n) => {
      const s = scaleAt(formula, scale, nest.turns, place(result, n));
      if (s !== 0 || !skips) y[place(0, n)] += s * a[place(1, n)] * b[place(2, n)];
    };
    nest.forEachLine((first, count) => {
      if (constant !== null) return addLine(y, a, b, constant, nest, count);
      for (let n = 0; n < count; n++) {
        nest.turns[nest.line] = first + n;
        addOne(n);
      }
    });
  };

  const standing = ({ shape, data }, access) => ({ access, shape, data });
  const factorOf = (call, { input, at }) => standing(call.inputs[input], at);

  // 1 where a summand makes an element of y.
  const reachedBy = (formula, call) => {
    const reached = new Uint8Array(Reel.numel(call.output.shape));
    for (const summand of formula.summands) {
      const factors = summand.factors.map((f) => factorOf(call, f));
      const nest = new Nest(formula, summand, [standing(call.output, summand.result), ...factors]);
      nest.forEachLine((_, count) => {
        for (let n = 0; n < count; n++) reached[nest.at[0] + n * nest.steps[0]] = 1;
      });
    }
    return reached;
  };

  const forward = (formula, call) => {
    const { shape } = call.output;
    const y = new Float64Array(Reel.numel(shape));
    for (const summand of formula.summands) {
      const factors = summand.factors.map((f) => factorOf(call, f));
      addProducts(formula, summand, [standing({ shape, data: y }, summand.result), ...factors], 0);
    }
    if (formula.elsewhere === 0) return y;
    const reached = reachedBy(formula, call);
    return y.map((value, i) => (reached[i] ? value : formula.elsewhere));
  };

  // The gradient of an input: dy stands where the result did.
  const backward = (formula, call, input) => {
    const { shape } = call.inputs[input];
    const dx = new Float64Array(Reel.numel(shape));
    for (const summand of formula.summands) {
      for (const f of summand.factors.filter((factor) => factor.input === input)) {
        const others = summand.factors.filter((factor) => factor !== f).map((factor) => factorOf(call, factor));
        const tensors = [standing({ shape, data: dx }, f.at), standing(call.dy, summand.result), ...others];
        addProducts(formula, summand, tensors, 1);
      }
    }
    return dx;
  };

  Reel.nest = { forward, backward, divisorOf, weightOf };
}
