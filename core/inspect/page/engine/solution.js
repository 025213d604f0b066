"use strict";
// The turns of a formula's loops that a number is made of. An affine index is [start, part, ...] with parts
// [loop, step, per, table]: start + the sum of step * loop, of floor(loop / per) where per is not 0, or of
// what a table says: {name, loops, counts, numbers}, by the turns of its own loops. The library has checked
// each formula.
{
  const valueOf = ([start, ...parts], at) =>
    parts.reduce((sum, part) => sum + part[1] * turnOf(part, at), start);
  const turnOf = ([loop, , per, table], at) =>
    table ? entryOf(table, at) : per > 0 ? Math.floor(at[loop] / per) : at[loop];
  const entryOf = ({ loops, counts, numbers }, at) =>
    numbers[loops.reduce((element, loop, d) => element * counts[d] + at[loop], 0)];
  const loopsOfPart = ([loop, , , table]) => (table ? table.loops : [loop]);

  // One index where a tensor has several dimensions, or none, counts in row-major order.
  const isFlat = (access, shape) => access.length === 1 && shape.length !== 1;

  // Of all that a summand reads and writes.
  const partsOf = ({ result, factors }) =>
    [result, ...factors.map((f) => f.at)].flat().flatMap(([, ...parts]) => parts);
  const loopsOf = (summand) => [...new Set(partsOf(summand).flatMap(loopsOfPart))].sort((a, b) => a - b);

  // ---- The turns of a summand's loops at which one of its tensors stands at a given element. That fixes
  // some of the loops; others are free; and some are solved for from the free ones: of 2 i + u - 1 = 3, u is
  // free and i is (4 - u) / 2, where that is a whole number in its range. A place that nothing is left to be
  // solved for in is a condition: index[n] = 3.

  class Solution {
    /** `possible` is false where no turn stands there, whatever the free loops do. */
    constructor(formula, summand, access, index) {
      this.loops = formula.loops.map(({ name, count }) => ({ name, low: 0, high: count, state: "unused" }));
      for (const loop of loopsOf(summand)) this.loops[loop].state = "open";
      this.fixed = this.loops.map(() => 0);
      this.conditions = [];
      const equations = access.map((place, d) => this.equation(place, index[d]));
      this.possible = this.fixAlone(equations);
      if (this.possible) for (const several of equations) if (several.parts.length > 0) this.solve(several);
      this.free = this.loops.flatMap((loop, l) => (["open", "free"].includes(loop.state) ? [l] : []));
    }

    isFixed(part) {
      return loopsOfPart(part).every((l) => this.loops[l].state === "fixed");
    }

    // The sum of the parts is to be `rest`. A group's number is the place's first digit; the other parts are
    // the place within the group.
    equation([start, ...parts], target) {
      let rest = target - start;
      for (const [l, step, per] of parts) {
        if (per === 0) continue;
        const loop = this.loops[l];
        const group = Math.floor(target / step);
        loop.low = Math.max(loop.low, group * per);
        loop.high = Math.min(loop.high, (group + 1) * per);
        rest -= group * step;
      }
      return { parts: parts.filter(([, , per]) => per === 0), rest };
    }

    // Fixes loops that stand alone in a place, as long as there are any. False where one cannot be.
    fixAlone(equations) {
      for (let again = true; again; ) {
        again = false;
        for (const equation of equations) {
          for (const part of equation.parts) {
            if (this.isFixed(part)) equation.rest -= part[1] * turnOf(part, this.fixed);
          }
          equation.parts = equation.parts.filter((part) => !this.isFixed(part));
          const [alone, another] = equation.parts;
          if (!alone && equation.rest !== 0) return false;
          if (!alone || another || alone[3]) continue;
          if (!this.fix(alone[0], equation.rest / alone[1])) return false;
          Object.assign(equation, { parts: [], rest: 0 });
          again = true;
        }
      }
      return true;
    }

    fix(l, turn) {
      const loop = this.loops[l];
      loop.state = "fixed";
      this.fixed[l] = turn;
      return Number.isInteger(turn) && loop.low <= turn && turn < loop.high;
    }

    // For the last loop that no place before left open; but where others of the place are solved for already,
    // or there is none, it is a condition.
    solve({ parts, rest }) {
      const named = parts.flatMap(loopsOfPart).map((l) => this.loops[l]);
      const open = parts.filter(([l, , , table]) => !table && this.loops[l].state === "open");
      const last = open.reduce((a, b) => (a && a[0] > b[0] ? a : b), null);
      const follows = named.some(({ state }) => state === "solved");
      for (const loop of named) if (loop.state === "open") loop.state = "free";
      if (follows || !last) return this.conditions.push({ parts, rest });
      const solved = this.loops[last[0]];
      const sign = Math.sign(last[1]);
      const others = parts.filter((part) => part !== last).map(([l, step, ...more]) => [l, -sign * step, ...more]);
      Object.assign(solved, { state: "solved", numerator: [sign * rest, ...others], divisor: sign * last[1] });
      this.narrow(solved, others);
    }

    // One other loop goes as far as the solved one stays in its range.
    narrow({ numerator, divisor, low, high }, others) {
      const loops = others.flatMap(loopsOfPart);
      if (others.length !== 1 || loops.length !== 1) return;
      const other = this.loops[loops[0]];
      const turns = [...this.fixed];
      const fits = (turn) => {
        turns[loops[0]] = turn;
        const value = valueOf(numerator, turns);
        return low * divisor <= value && value <= (high - 1) * divisor;
      };
      while (other.low < other.high && !fits(other.low)) other.low++;
      while (other.low < other.high && !fits(other.high - 1)) other.high--;
    }

    /** f(where the free loops stand, where each loop stands) for each turn. */
    forEach(f) {
      const place = this.free.map((l) => this.loops[l].low);
      if (this.free.some((l) => this.loops[l].low >= this.loops[l].high)) return;
      const all = [...this.fixed];
      const solved = this.loops.flatMap((loop, l) => (loop.state === "solved" ? [l] : []));
      const meets = ({ parts, rest }) => valueOf([-rest, ...parts], all) === 0;
      for (;;) {
        this.free.forEach((l, i) => (all[l] = place[i]));
        if (solved.every((l) => this.resolve(l, all)) && this.conditions.every(meets)) f(place, all);
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
      const { numerator, divisor, low, high } = this.loops[l];
      all[l] = valueOf(numerator, all) / divisor;
      return Number.isInteger(all[l]) && all[l] >= low && all[l] < high;
    }

    /** Null where it depends on a free loop. */
    number(affine) {
      return affine.slice(1).every((part) => this.isFixed(part)) ? valueOf(affine, this.fixed) : null;
    }

    // ---- How an index is written: "3", "c", "2i+1", "(4-u)/2".

    /** What is asked of the free loops, so that not each of their turns is one of the summand. */
    conditionTexts() {
      const texts = this.conditions.map(({ parts, rest }) => `${this.sumText(parts)} = ${rest}`);
      const divides = this.loops.some(({ state, divisor }) => state === "solved" && divisor > 1);
      return divides ? [...texts, Reel.text("that is a whole position")] : texts;
    }

    text(affine) {
      const known = this.number(affine);
      if (known !== null) return String(known);
      const [start, ...parts] = affine;
      const moved = valueOf([start, ...parts.filter((part) => this.isFixed(part))], this.fixed);
      const moving = this.sumText(parts.filter((part) => !this.isFixed(part)));
      const plain = start === 0 && parts.length === 1 && parts[0][1] === 1;
      return plain ? moving : moving + (moved < 0 ? moved : `+${moved}`);
    }

    // "weight[3,u]"
    tableText({ name, loops }) {
      return name + Reel.bracketed(loops.map((l) => this.text([0, [l, 1, 0]])));
    }

    // Adds parts to a text: "2i-u"
    sumText(parts, text = "") {
      return parts.reduce((sum, part) => {
        const sign = part[1] < 0 ? "-" : sum === "" ? "" : "+";
        return sum + sign + this.partText(part);
      }, text);
    }

    // Without its sign: "2u", "2(4-u)", "(o/3)"
    partText([l, step, per, table]) {
      const factor = Math.abs(step) === 1 ? "" : String(Math.abs(step));
      if (table) return factor + this.tableText(table);
      const isSum = this.loops[l].state === "solved" && this.loops[l].divisor === 1;
      const own = this.loopText(this.loops[l]);
      const turn = isSum && (step !== 1 || per > 1) ? `(${own})` : own;
      return factor + (per > 1 ? `(${turn}/${per})` : turn);
    }

    loopText({ state, name, numerator, divisor }) {
      if (state !== "solved") return name;
      const text = this.sumText(numerator.slice(1), String(numerator[0]));
      return divisor === 1 ? text : `(${text})/${divisor}`;
    }

    indexText(access, shape) {
      const element = isFlat(access, shape) ? this.number(access[0]) : null;
      if (element !== null) return Reel.indexText(shape, element);
      return Reel.bracketed(access.map((affine) => this.text(affine)));
    }
  }

  Reel.turns = { valueOf, turnOf, entryOf, isFlat, partsOf, loopsOf, loopsOfPart, Solution };
}
