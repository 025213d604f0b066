"use strict";
// Gradient descent: the step after one of training, as a trace like any other.
{
  const kRates = [0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6];
  const kTries = 2; // steps

  const lossOf = ({ nodes, loss }) => nodes[loss].value.data[0];
  const isWeight = ({ nodes }, leaf) =>
    nodes.some(({ inputs, reads }) => inputs.some((input, k) => input === leaf && reads[k].kind === "weight"));

  Object.assign(Reel.Trace.prototype, {
    /** The leaves that training changes: parameters; of a program without any the variables that are weights, or all. */
    trained() {
      const leaves = this.nodes.flatMap(({ inputs, grad }, i) => (!inputs.length && grad?.data && !this.whyFixed(i) ? [i] : []));
      const parameters = leaves.filter((i) => this.nodes[i].op === "parameter");
      const weights = leaves.filter((i) => isWeight(this, i));
      return [parameters, weights, leaves].find((kind) => kind.length > 0) ?? [];
    },

    /** The step after one of gradient descent: from each number of what is trained `rate` times its gradient is taken. */
    descended(rate) {
      const leaves = new Map(
        this.trained().map((i) => {
          const { value, grad } = this.nodes[i];
          return [i, Float64Array.from(value.data).map((x, k) => x - rate * grad.data[k])];
        }),
      );
      return this.rerun(leaves, this.changes.filter(({ node }) => !leaves.has(node)));
    },

    /** The largest rate of 0.1, 0.01, ... at which the first steps lower the loss; the smallest where none does. */
    fittingRate() {
      const fits = (rate) => {
        let step = this;
        for (let i = 0; i < kTries; i++) {
          const next = step.descended(rate);
          if (!(lossOf(next) < lossOf(step))) return false;
          step = next;
        }
        return true;
      };
      return kRates.find(fits) ?? kRates.at(-1);
    },
  });
}
