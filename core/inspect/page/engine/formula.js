"use strict";
// Ops that are sums of products, by the formula that comes with a node: its loops, and in its summands the place
// of each tensor as they run. See core/formula/formula.h; the numbers are computed here again from the raw values: by
// nest.js of whole tensors, here of one element.
{
  const { valueOf, entryOf, isFlat, loopsOf, loopsOfPart, Solution } = Reel.turns;
  const { divisorOf, weightOf } = Reel.nest;

  // Row-major; -1 where an index is out of range.
  const elementOf = (access, tensor, at) => {
    const shape = isFlat(access, tensor) ? [Reel.numel(tensor)] : tensor;
    let element = 0;
    for (let d = 0; d < access.length; d++) {
      const i = valueOf(access[d], at);
      if (i < 0 || i >= shape[d]) return -1;
      element = element * shape[d] + i;
    }
    return element;
  };

  // ---- The scale of a product.

  const divides = (scale) => scale.divides || scale.counts.length > 0;
  const numberText = (scale, number) => scale.text || Reel.format(number);
  // "0.75 * 0.5", of several.
  const weightsText = ({ weights }, all) =>
    weights.length > 1 ? weights.map((table) => Reel.format(entryOf(table, all))).join(" * ") : "";

  // ---- The explanation.

  class Answer {
    constructor(e, formula) {
      this.e = e;
      this.formula = formula;
      this.asked = [];
      for (const summand of formula.summands) {
        if (e.ofOutput()) this.ask(summand, null, summand.result);
        else for (const f of summand.factors) if (f.input === e.ofInput) this.ask(summand, f, f.at);
      }
    }

    ask(summand, of, access) {
      const index = isFlat(access, this.e.shape) ? [this.e.element] : this.e.index;
      const solution = new Solution(this.formula, summand, access, index);
      if (solution.possible) this.asked.push({ summand, of, solution });
    }

    give() {
      if (this.asked.length === 0) return this.nothing();
      const loop = this.asked.find(({ solution }) => solution.free.length > 0);
      this.e.rule(this.place(), this.text(), loop ? namesOf(loop.solution) : []);
      for (const asked of this.asked) {
        asked.solution.forEach((place, all) => {
          if (weightOf(asked.summand.scale, all) !== 0) this.term(asked, place, all);
        });
      }
    }

    // An element that no summand stands at.
    nothing() {
      const { e, formula } = this;
      if (!e.ofOutput()) {
        e.rule("", Reel.text("0, for no element of {0} reads it", e.yName()));
        return e.leftOut([], e.number(0), Reel.text("not read"));
      }
      const note = Reel.text(formula.elsewhereNote);
      e.rule(note, Reel.format(formula.elsewhere));
      e.term([], e.number(formula.elsewhere), e.number(1), note);
    }

    place() {
      const place = this.formula.places[this.e.ofOutput() ? 0 : 1 + this.e.ofInput];
      if (!place || place.text === "") return this.placeOfLines();
      const { solution } = this.asked[0];
      const numbers = place.numbers.length === 0 ? this.e.index : place.numbers.map((n) => solution.text(n));
      return Reel.text(place.text, ...numbers);
    }

    // "row 1 of x · column 2 of w + b", where two lines are multiplied; "of 12 elements" of a sum.
    placeOfLines() {
      const [{ summand, of, solution }, ...more] = this.asked;
      if (solution.free.length === 1 && summand.factors.length === 2) {
        const lines = summand.factors.filter((f) => f !== of).map((f) => this.line(this.e.xName(f.input), f.at));
        if (of) lines.unshift(this.line(this.e.dyName(), summand.result));
        const added = more.flatMap((other) => other.summand.factors.map((f) => ` + ${this.e.xName(f.input)}`));
        return lines.join(" · ") + added.join("");
      }
      if (solution.free.length === 0 || summand.factors.length !== 1) return "";
      let count = 0;
      solution.forEach(() => count++);
      return Reel.text("of {0} elements", count);
    }

    // "row 1 of x": the dimension along which the one free loop runs is left out.
    line(name, access) {
      const numbers = access.map((affine) => this.asked[0].solution.number(affine));
      const index = numbers.filter((number) => number !== null);
      if (index.length === 0) return name;
      const fromEnd = numbers.length - numbers.lastIndexOf(null);
      return Reel.text(
        fromEnd === 1 ? "row {0} of {1}" : fromEnd === 2 ? "column {0} of {1}" : "line {0} of {1}",
        index.join(","),
        name,
      );
    }

    text() {
      let [text, dropped] = ["", ""];
      const conditions = new Set();
      for (const asked of this.asked) {
        const names = namesOf(asked.solution);
        const { scale, factors, note } = asked.summand;
        if (names.length === 0 && this.isDroppedWhole(asked)) {
          dropped = Reel.text("0, for {0} is {1}", this.tensors(asked), Reel.text(note));
          continue;
        }
        const subtracts = text !== "" && scale.number < 0 && (scale.number === -1 || factors.length === 0);
        if (text !== "") text += subtracts ? " - " : " + ";
        text += Reel.sumText(names, this.product(asked, subtracts ? -scale.number : scale.number));
        for (const condition of asked.solution.conditionTexts()) conditions.add(condition);
      }
      if (text === "") return dropped;
      if (conditions.size === 0) return text;
      const all = [...conditions].reduce((some, one) => Reel.text("{0} and {1}", some, one));
      return Reel.text("{0}, where {1}", text, all);
    }

    product(asked, number) {
      const { scale } = asked.summand;
      const weights = scale.weights.map((table) => asked.solution.tableText(table));
      const factors = [this.tensors(asked), ...weights].filter(Boolean).join(" * ");
      if (factors === "") return Reel.format(number);
      if (scale.counts.length > 0) return `${factors} / ${this.divisorText(asked)}`;
      return number === 1 ? factors : `${factors} ${scale.divides ? "/" : "*"} ${numberText(scale, number)}`;
    }

    tensors({ summand, of, solution }) {
      const { e } = this;
      const texts = summand.factors
        .filter((f) => f !== of)
        .map((f) => e.xName(f.input) + solution.indexText(f.at, e.call.inputs[f.input].shape));
      if (of) texts.unshift(e.dyName() + solution.indexText(summand.result, e.call.output.shape));
      return texts.join(" * ");
    }

    // "4", or "size of window i,j" where that depends on the loops.
    divisorText({ summand, solution }) {
      const open = (l) => solution.loops[l].state !== "fixed";
      const window = summand.scale.counts.flatMap(({ loop, at: [, ...parts] }) =>
        parts.flatMap(loopsOfPart).flatMap((l) => (l !== loop && open(l) ? [solution.loops[l].name] : [])),
      );
      if (window.length > 0) return Reel.text("size of window {0}", window.join(","));
      return Reel.format(divisorOf(this.formula, summand.scale, solution.fixed));
    }

    isDroppedWhole({ summand, solution }) {
      let dropped = false;
      solution.forEach((_, all) => (dropped = this.isDropped(summand, all)));
      return dropped;
    }
    isDropped({ scale, result }, all) {
      return Boolean(scale.mask) && scale.mask[elementOf(result, this.e.call.output.shape, all)] === 0;
    }

    // A product in which a factor lies in the padding names one that does not.
    term({ summand, of }, place, all) {
      const { e } = this;
      const factors = [];
      let padded = false;
      const take = (element, factor) => (element < 0 ? (padded = true) : factors.push(factor(element)));
      if (of) take(elementOf(summand.result, e.call.output.shape, all), (i) => e.dy(i));
      for (const f of summand.factors) {
        if (f !== of) take(elementOf(f.at, e.call.inputs[f.input].shape, all), (i) => e.x(f.input, i));
      }
      if (padded) return e.leftOut(place, factors[0] || e.number(0), Reel.text("padding"));
      if (factors.length === 2) return e.term(place, factors[0], factors[1]);
      this.scaledTerm(summand, of, place, all, factors);
    }

    scaledTerm(summand, of, place, all, [factor]) {
      const { e, formula } = this;
      const { scale } = summand;
      const note = Reel.text(summand.note);
      if (!factor) return e.term(place, e.number(scale.number * weightOf(scale, all)), e.number(1), note);
      if (this.isDropped(summand, all)) {
        if (scale.chooses || Number.isFinite(factor.value)) return e.leftOut(place, factor, note);
        return e.term(place, factor, e.number(0), note);
      }
      if (scale.weights.length > 0)
        return e.term(place, factor, e.number(weightOf(scale, all)), weightsText(scale, all));
      if (!divides(scale)) return e.term(place, factor, e.number(scale.number), of || scale.mask ? "" : note);
      const by = divisorOf(formula, scale, all);
      e.term(place, factor, e.number(1 / by), `1 / ${numberText(scale, by)}`);
    }
  }
  const namesOf = ({ free, loops }) => free.map((l) => loops[l].name);

  // ---- Multiply-adds: the loops of the product of two tensors that is summed.

  const productLoops = (formula) => {
    const moves = (access) =>
      access.flatMap(([, ...parts]) => parts.filter(([, , per]) => per === 0).flatMap(loopsOfPart));
    const summed = formula.summands.find(
      ({ result, factors }) =>
        factors.length === 2 && factors.some(({ at }) => moves(at).some((l) => !moves(result).includes(l))),
    );
    return summed ? loopsOf(summed).map((l) => [formula.loops[l].name, formula.loops[l].count]) : [];
  };

  /** What the page knows of an op by its formula, as Reel.ops has it of the others. */
  Reel.formulaOp = (formula) => ({
    forward: (call) => Reel.nest.forward(formula, call),
    backward: (call, input) => Reel.nest.backward(formula, call, input),
    /** Whether an input is a factor, and not read for a table, which is not made anew. */
    multiplies: (input) => formula.summands.some(({ factors }) => factors.some((f) => f.input === input)),
    explain: (e) => new Answer(e, formula).give(),
    loops: () => productLoops(formula),
  });
}
