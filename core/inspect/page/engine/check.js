"use strict";
// The forward pass run again in double precision with one number moved: differences of the loss beside the
// gradient that backward gave. It starts from the stored float32 values, which changes both sides alike.
{
  const kPrecision = 2 ** -52;
  const kDigits = 7; // what float32 keeps of the gradient beside it

  // The nodes after `start` that it leads to.
  const readersOf = (trace, start) => {
    const reached = new Set([start]);
    trace.nodes.forEach(({ inputs }, i) => {
      if (inputs.some((input) => reached.has(input))) reached.add(i);
    });
    reached.delete(start);
    return [...reached];
  };

  // The values of a node and of all that read it, with one element at `value`; and what ops chose on the way.
  const replay = (trace, readers, node, element, value) => {
    const values = [];
    values[node] = Float64Array.from(trace.nodes[node].value.data);
    values[node][element] = value;
    const choices = new Map();
    Reel.replay(trace, readers, values, trace.changes, (reader, call) => {
      const op = Reel.opOf(trace.nodes[reader]);
      if (op.choices) choices.set(reader, op.choices(call));
    });
    return { values, choices };
  };

  const countFlips = (below, middle, above) => {
    const flips = [];
    for (const [node, chosen] of middle.choices) {
      const [low, high] = [below.choices.get(node), above.choices.get(node)];
      const count = chosen.filter((choice, i) => choice !== low[i] || choice !== high[i]).length;
      if (count > 0) flips.push({ node, count });
    }
    return flips;
  };

  // How many digits of a number an error leaves.
  const digitsOf = (number, error) => {
    if (number === 0) return 0;
    const digits = Math.floor(Math.log10(Math.abs(number) / error));
    return digits > 0 ? Math.min(digits, kDigits) : 0;
  };

  // How far the two may be apart. Rounding is estimated by that of one operation, and the gradient was rounded as well.
  const toleranceOf = ({ numeric, rounding }) => 10 * (rounding + 2 ** -24 * Math.abs(numeric));

  // How many of the digits are the same.
  const equalDigits = (result) => {
    const { analytic, numeric, digits } = result;
    const apart = Math.abs(analytic - numeric);
    return apart <= toleranceOf(result) ? digits : Math.min(digits, digitsOf(numeric, apart));
  };

  // Of differences without a digit.
  const noDigits = (result, both) => {
    const tolerance = toleranceOf(result);
    return result.analytic !== null && Math.abs(result.analytic - result.numeric) > tolerance
      ? Reel.text("{0}: not equal, and rounding explains no more than {1}", both, Reel.format(tolerance, 2))
      : Reel.text("{0}: rounding of the loss leaves the differences no digit", both);
  };

  // What the two numbers are worth. Across a kink the differences are of neither side, whatever their digits.
  const textOf = (result) => {
    const { analytic, numeric, h, digits } = result;
    const step = h.toExponential(1).replace(/e([+-])(\d)$/, "e$10$2"); // "6.1e-06", as printf writes it
    const backward = analytic === null ? Reel.text("gives no gradient") : Reel.format(analytic, kDigits);
    const both = Reel.text("backward {0}, differences {1} (h = {2})", backward, Reel.format(numeric, kDigits), step);
    const flips = result.flips.reduce((sum, flip) => sum + flip.count, 0);
    if (flips > 0)
      return Reel.text(flips === 1 ? "{0}; {1} flip: a kink, not a bug" : "{0}; {1} flips: a kink, not a bug", both, flips);
    if (analytic === 0 && numeric === 0) return Reel.text("{0}: both are 0", both);
    if (digits === 0) return noDigits(result, both);
    if (analytic === null) return Reel.text("{0}: {1} digits of the differences can be trusted", both, digits);
    return Reel.text("{0}: equal in {1} of the {2} digits that differences can tell", both, equalDigits(result), digits);
  };

  const reasonAgainst = (trace, node, readers, element) => {
    const again = (reason) => Reel.inTerminal(reason, `check ${trace.text(node, false, element)}`);
    const { name } = trace.nodes[node];
    if (!Reel.isWhole(trace.nodes[node].value)) return again(Reel.tooLarge(name));
    for (const reader of readers) {
      const reason = Reel.unknownOp(trace, reader);
      if (reason) return again(Reel.cannotRun(trace.nodes[reader].name, reason));
    }
    const reached = node === trace.loss || readers.includes(trace.loss);
    return reached ? null : Reel.text("the loss does not depend on {0}", name);
  };

  /**
   * Moves one element of a node by h up and down: {analytic (null where it gets no gradient), numeric, h, rounding of the
   * difference, digits, flips: [{node, count}], text}, or {reason} where the page cannot.
   */
  Reel.Trace.prototype.check = function (node, element, h = 0) {
    const readers = readersOf(this, node).filter((reader) => reader <= this.loss);
    const reason = reasonAgainst(this, node, readers, element);
    if (reason) return { reason };
    const loss = this.nodes[this.loss].value.data[0];
    if (!Number.isFinite(loss)) return { reason: Reel.text("the loss is {0}: nothing to compare", Reel.format(loss)) };
    const x = this.nodes[node].value.data[element];
    const step = h || Math.cbrt(kPrecision) * Math.max(1, Math.abs(x));
    const [below, middle, above] = [x - step, x, x + step].map((value) =>
      replay(this, readers, node, element, value),
    );
    const [low, high] = [below, above].map(({ values }) => values[this.loss][0]);
    const distance = above.values[node][element] - below.values[node][element];
    if (distance === 0) {
      return { reason: Reel.text("a step of {0} is lost in {1}", Reel.format(step), Reel.format(x)) };
    }
    const numeric = (high - low) / distance;
    const gradient = this.grad(node);
    const rounding = (kPrecision * Math.max(Math.abs(low), Math.abs(high))) / distance;
    const result = {
      analytic: gradient && gradient.data ? gradient.data[element] : null,
      numeric,
      h: distance / 2,
      rounding,
      digits: digitsOf(numeric, rounding),
      flips: countFlips(below, middle, above),
    };
    return { ...result, text: textOf(result) };
  };

  /** What a convolution would be with its kernel turned by 180 degrees, as mathematics defines it. */
  Reel.Trace.prototype.flipped = function (node) {
    const weight = this.nodes[this.nodes[node].inputs[1]];
    const taps = Reel.numel(weight.shape.slice(2));
    const turned =
      weight.value.data &&
      weight.value.data.map((_, i, all) => {
        const tap = i % taps;
        return all[i - tap + (taps - 1 - tap)];
      });
    return this.forwardOf(node, [undefined, turned]);
  };
}
