"use strict";
// The turns of a formula's loops that a number is made of. An affine index is [start, [loop, step, per], ...]: start
// + the sum of step * floor(loop / per), or step * loop where per is 0.
{
  const valueOf = ([start, ...parts], at) =>
    parts.reduce((sum, [loop, step, per]) => sum + step * turnOf(at[loop], per), start);
  const turnOf = (turn, per) => (per > 0 ? Math.floor(turn / per) : turn);

  // One index where a tensor has several dimensions, or none, counts in row-major order.
  const isFlat = (access, shape) => access.length === 1 && shape.length !== 1;

  // Of all that a summand reads and writes.
  const partsOf = ({ result, factors }) =>
    [result, ...factors.map((f) => f.at)].flat().flatMap(([, ...parts]) => parts);
  const loopsOf = (summand) => [...new Set(partsOf(summand).map(([loop]) => loop))].sort((a, b) => a - b);

  // ---- The turns of a summand's loops at which one of its tensors stands at a given element. That fixes some of
  // the loops; others are free; and some are solved for from the free ones: of 2 i + u - 1 = 3, u is free and i is
  // (4 - u) / 2, where that is a whole number in its range.

  class Solution {
    /** `possible` is false where no turn stands there, whatever the free loops do. */
    constructor(formula, summand, access, index) {
      this.loops = formula.loops.map(({ name, count }) => ({ name, low: 0, high: count, state: "unused" }));
      for (const loop of loopsOf(summand)) this.loops[loop].state = "open";
      this.possible = [1, Infinity].every((most) => access.every((place, d) => this.meet(place, index[d], most)));
      this.free = this.loops.flatMap((loop, l) => (["open", "free"].includes(loop.state) ? [l] : []));
    }

    // Makes the loops fulfil place = target, unless it leaves more than `most` of them open.
    meet([start, ...parts], target, most) {
      let rest = target - start;
      const open = [];
      for (const [l, step, per] of parts) {
        const loop = this.loops[l];
        if (loop.state === "fixed") {
          rest -= step * turnOf(loop.value, per);
        } else if (per > 0) {
          // a group's number: the other parts are the place within the group
          const group = Math.floor(rest / step);
          loop.low = Math.max(loop.low, group * per);
          loop.high = Math.min(loop.high, (group + 1) * per);
          rest -= group * step;
        } else {
          open.push([l, step]);
        }
      }
      if (open.length === 0) return rest === 0;
      if (open.length > most) return true;
      if (open.length === 1) return this.fix(open[0], rest);
      this.solve(open, rest);
      return true;
    }

    fix([l, step], rest) {
      const loop = this.loops[l];
      loop.state = "fixed";
      loop.value = rest / step;
      return Number.isInteger(loop.value) && loop.low <= loop.value && loop.value < loop.high;
    }

    // The loop that was declared last from the others.
    solve(open, rest) {
      open.sort(([a], [b]) => a - b);
      const [last, divisor] = open.pop();
      const solved = this.loops[last];
      Object.assign(solved, { state: "solved", rest, divisor, others: open });
      for (const [l] of open) this.loops[l].state = "free";
      if (open.length > 1) return;
      const [[l, step]] = open; // as far as the last stays in its range
      const other = this.loops[l];
      other.low = Math.max(other.low, Math.ceil((rest - (solved.high - 1) * divisor) / step));
      other.high = Math.min(other.high, Math.floor(rest / step) + 1);
    }

    /** f(where the free loops stand, where each loop stands) for each turn. */
    forEach(f) {
      const place = this.free.map((l) => this.loops[l].low);
      if (this.free.some((l) => this.loops[l].low >= this.loops[l].high)) return;
      const all = this.loops.map((loop) => (loop.state === "fixed" ? loop.value : 0));
      const solved = this.loops.flatMap((loop, l) => (loop.state === "solved" ? [l] : []));
      for (;;) {
        this.free.forEach((l, i) => (all[l] = place[i]));
        if (solved.every((l) => this.resolve(l, all))) f(place, all);
        let i = place.length - 1;
        for (; i >= 0; i--) {
          const { low, high } = this.loops[this.free[i]];
          if (++place[i] < high) break;
          place[i] = low;
        }
        if (i < 0) return;
      }
    }

    resolve(l, all) {
      const { rest, divisor, others, high } = this.loops[l];
      all[l] = others.reduce((sum, [other, step]) => sum - step * all[other], rest) / divisor;
      return Number.isInteger(all[l]) && all[l] >= 0 && all[l] < high;
    }

    /** Null where it depends on a free loop. */
    number(affine) {
      const at = this.loops.map((loop) => (loop.state === "fixed" ? loop.value : NaN));
      const value = valueOf(affine, at);
      return Number.isNaN(value) ? null : value;
    }

    // ---- How an index is written: "3", "c", "2i+1", "(4-u)/2".

    text([start, ...parts]) {
      let moved = start;
      const moving = parts.flatMap(([l, step, per]) => {
        const loop = this.loops[l];
        if (loop.state !== "fixed") return [scaled(step, per <= 1 ? this.loopText(loop) : `(${loop.name}/${per})`)];
        moved += step * turnOf(loop.value, per);
        return [];
      });
      if (moving.length === 0) return String(moved);
      const plain = start === 0 && parts.length === 1 && parts[0][1] === 1;
      return plain ? moving[0] : moving.join("+") + (moved < 0 ? moved : `+${moved}`);
    }

    loopText({ state, name, rest, others, divisor }) {
      if (state !== "solved") return name;
      const text = rest + others.map(([l, step]) => `-${scaled(step, this.loops[l].name)}`).join("");
      return divisor === 1 ? text : `(${text})/${divisor}`;
    }

    indexText(access, shape) {
      const element = isFlat(access, shape) ? this.number(access[0]) : null;
      if (element !== null) return Reel.indexText(shape, element);
      return Reel.bracketed(access.map((affine) => this.text(affine)));
    }
  }
  const scaled = (step, name) => (step === 1 ? name : `${step}${name}`);

  Reel.turns = { valueOf, isFlat, partsOf, loopsOf, Solution };
}
