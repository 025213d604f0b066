"use strict";
// Normalisation by mean and deviation, as core/op_facts.h describes it: y = xhat weight + bias with xhat = (x - mean) /
// deviation.
{
  // Mean and variance of each group, and its largest magnitude.
  const statisticsOf = (call, n) => {
    const [x] = call.inputs;
    const groups = Reel.numel(n.groups);
    const group = (i) => Reel.broadcastElement(n.groups, x.shape, i);
    const [mean, variance, size] = [0, 1, 2].map(() => new Float64Array(groups));
    const count = x.data.length / groups;
    x.data.forEach((a, i) => (mean[group(i)] += a / count));
    x.data.forEach((a, i) => (variance[group(i)] += (a - mean[group(i)]) ** 2 / count));
    x.data.forEach((a, i) => (size[group(i)] = Math.max(size[group(i)], Math.abs(a))));
    const { running_mean, running_var } = call.options;
    return n.own ? { mean, variance, size } : { mean: running_mean, variance: running_var, size };
  };

  class Normalization {
    constructor(call, facts) {
      Object.assign(this, facts); // groups, affine, own: mean and deviation depend on x
      this.call = call;
      this.x = call.inputs[0];
      this.hasWeight = call.inputs.length > 1;
      const { mean, variance, size } = statisticsOf(call, this);
      const eps = call.options.eps[0];
      this.mean = mean;
      this.inverse = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + eps)); // of the deviation
      // How many units of the rounding of x the deviation and xhat are uncertain by.
      this.doubt = Float64Array.from(size, (a, g) => 1 + (a + Math.abs(mean[g])) * this.inverse[g]);
    }

    group(i) {
      return Reel.broadcastElement(this.groups, this.x.shape, i);
    }
    affineAt(i) {
      return Reel.broadcastElement(this.affine, this.x.shape, i);
    }
    xhat(i) {
      const g = this.group(i);
      return (this.x.data[i] - this.mean[g]) * this.inverse[g];
    }
    xhatSpread(i) {
      return (1 + Math.abs(this.xhat(i))) * this.doubt[this.group(i)];
    }
    weight(e, i) {
      return this.hasWeight ? e.x(1, this.affineAt(i)) : e.number(1);
    }
    /** Its number alone. */
    weightAt(i) {
      return this.hasWeight ? this.call.inputs[1].data[this.affineAt(i)] : 1;
    }
    forward() {
      const [, , bias] = this.call.inputs;
      return Float64Array.from(
        this.x.data,
        (_, i) => this.xhat(i) * this.weightAt(i) + (bias ? bias.data[this.affineAt(i)] : 0),
      );
    }

    // "weight[1]", "bias[2,0]": dimensions of [C,1,1] that the tensor itself lacks are left out.
    affineText(input, index) {
      const { name, shape } = this.call.inputs[input];
      return name + Reel.bracketed(Reel.broadcastIndex(this.affine, index).slice(0, shape.length));
    }
    timesWeight(index) {
      return this.hasWeight ? ` * ${this.affineText(1, index)}` : "";
    }
    xhatText(index) {
      return `xhat = (${this.x.name}${Reel.bracketed(index)} - mean) / deviation`;
    }
  }

  // ---- The gradients of whole tensors.

  const gradientOfX = (call, n) => {
    const dy = call.dy.data;
    const count = n.x.data.length / n.mean.length; // of a group
    const [mean, alongXhat] = [0, 1].map(() => new Float64Array(n.mean.length)); // of dy weight, and of that times xhat
    const scaled = Float64Array.from(dy, (d, i) => d * n.weightAt(i));
    if (!n.own) return scaled.map((d, i) => d * n.inverse[n.group(i)]);
    scaled.forEach((d, i) => {
      mean[n.group(i)] += d / count;
      alongXhat[n.group(i)] += (d * n.xhat(i)) / count;
    });
    return scaled.map((d, i) => {
      const g = n.group(i);
      return (d - mean[g] - n.xhat(i) * alongXhat[g]) * n.inverse[g];
    });
  };

  // Of weight, where dy is multiplied by xhat, and of bias.
  const gradientOfAffine = (call, n, input) => {
    const sums = new Float64Array(call.inputs[input].data.length);
    call.dy.data.forEach((d, i) => (sums[n.affineAt(i)] += input === 1 ? d * n.xhat(i) : d));
    return sums;
  };

  // ---- The explanation.

  const explainValue = (e, n) => {
    const i = e.element;
    const g = n.group(i);
    const index = e.index.map(String);
    e.rule(
      "",
      `xhat${n.timesWeight(index)}${e.has(2) ? ` + ${n.affineText(2, index)}` : ""}, ${n.xhatText(index)}`,
    );
    e.term(
      [],
      e.number(n.xhat(i), n.xhatSpread(i), "xhat"),
      n.weight(e, i),
      `xhat = (x - ${Reel.format(n.mean[g])}) / ${Reel.format(1 / n.inverse[g])}`,
    );
    if (e.has(2)) e.term([], e.x(2, n.affineAt(i)), e.number(1), Reel.text("bias"));
  };

  // x reaches the loss by three ways: itself, the mean and the deviation. Each has terms of its own.
  const explainInput = (e, n) => {
    const g = n.group(e.element);
    const along = new Reel.Repeats(n.groups, e.shape, g);
    const index = e.index.map(String);
    const direct = `${e.dyName()}${Reel.bracketed(index)}${n.timesWeight(index)}`;
    if (n.own) {
      const each =
        `${e.dyName()}${along.text()}${n.timesWeight(along.index)} * (1 + xhat${Reel.bracketed(index)} * ` +
        `xhat${along.text()}) / ${along.count()}`;
      e.rule(
        "",
        `(${direct} - ${Reel.sumText(along.loop, each)}) / deviation, ${n.xhatText(along.index)}`,
        along.loop,
      );
    } else {
      e.rule("", `${direct} / deviation`);
    }
    const scale = n.weight(e, e.element).value * n.inverse[g];
    e.term(
      [],
      e.dy(e.element),
      e.number(scale, Math.abs(scale) * n.doubt[g]),
      n.hasWeight ? "weight / deviation" : "1 / deviation",
    );
    if (n.own) throughStatistics(e, n, along);
  };

  const throughStatistics = (e, n, along) => {
    const g = n.group(e.element);
    const own = n.xhat(e.element);
    along.forEach((loop, k) => {
      const share = (-n.weight(e, k).value * n.inverse[g]) / along.count();
      const spread = Math.abs(share) * n.doubt[g];
      e.term(loop, e.dy(k), e.number(share, spread), Reel.text("through the mean"));
      e.term(
        loop,
        e.dy(k),
        e.number(share * own * n.xhat(k), spread * (1 + Math.abs(own)) * (1 + Math.abs(n.xhat(k)))),
        Reel.text("through the deviation"),
      );
    });
  };

  const explainWeight = (e, n) => {
    const dy = new Reel.Repeats(n.affine, n.x.shape, e.element);
    const summand = `${e.dyName()}${dy.text()} * xhat${dy.text()}`;
    e.rule("", `${Reel.sumText(dy.loop, summand)}, ${n.xhatText(dy.index)}`, dy.loop);
    dy.forEach((loop, i) => e.term(loop, e.dy(i), e.number(n.xhat(i), n.xhatSpread(i), "xhat"), "xhat"));
  };

  /** What the page knows of an op that is one, as Reel.ops has it of the others. */
  Reel.normalizationOp = (facts, options) => {
    if (!options.eps) return { reason: Reel.text("the page cannot normalise without an option eps") };
    const of = Reel.remembering((call) => new Normalization(call, facts)); // the statistics are the same for every element
    return {
      forward: (call) => of(call).forward(),
      backward: (call, input) =>
        input === 0 ? gradientOfX(call, of(call)) : gradientOfAffine(call, of(call), input),
      explain(e) {
        const n = of(e.call);
        if (e.ofOutput()) return explainValue(e, n);
        if (e.ofInput === 0) return explainInput(e, n);
        if (e.ofInput === 1) return explainWeight(e, n);
        Reel.explainSumOfDy(e, n.affine);
      },
    };
  };
}
