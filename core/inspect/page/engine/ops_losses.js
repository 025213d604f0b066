"use strict";
// The losses: of rows of logits or log-probabilities [N,C], and of pairs of elements.
{
  const kMean = 0; // Reduction: kMean, kSum, kNone
  const kNone = 2;

  // How a loss of n terms is reduced: whether each stays alone, what counts of it, and how that is written.
  const reductionOf = ({ options }, n) => {
    const mean = options.reduction[0] === kMean;
    const text = Number.isInteger(n) ? n : Reel.format(n);
    return { each: options.reduction[0] === kNone, part: mean ? 1 / n : 1, partText: mean ? ` / ${text}` : "" };
  };

  const reduced = (call, terms, n = terms.length) => {
    const { each, part } = reductionOf(call, n);
    return each ? terms : Float64Array.of(terms.reduce((total, x) => total + x, 0) * part);
  };

  // What of dy the term i of n has: its own where each stays alone, else the one of all.
  const shareOfDy = (call, i, n) => {
    const { each, part } = reductionOf(call, n);
    return call.dy.data[each ? i : 0] * part;
  };

  // ---- cross_entropy

  const samplesText = (count) => Reel.counted(count, "of {0} sample", "of {0} samples");
  const sampleText = (row) => Reel.text("sample {0}", row);

  // What class c of row r should be: a label or a given probability, smoothed, times the weight of the class. A label
  // below 0 is ignored.
  const targetOf = ({ inputs, options }, r, c) => {
    const { labels, label_smoothing, weight } = options;
    const [smoothing] = label_smoothing;
    const classes = inputs[0].shape[1];
    if (labels && labels[r] < 0) return 0;
    const target = labels ? Number(labels[r] === c) : inputs[1].data[r * classes + c];
    return ((1 - smoothing) * target + smoothing / classes) * (weight ? weight[c] : 1);
  };

  // What the mean divides by: the rows, or the weights of their labels.
  const termsOf = ({ inputs, options: { labels, weight } }) =>
    labels && labels.length > 0
      ? labels.reduce((sum, label) => sum + (label < 0 ? 0 : weight ? weight[label] : 1), 0)
      : inputs[0].shape[0];

  // Of row r of the logits: the largest, the sum of exp(z - largest), the largest magnitude.
  const rowOf = (call, r) => {
    const classes = call.inputs[0].shape[1];
    const z = call.inputs[0].data.subarray(r * classes, (r + 1) * classes);
    const top = z.reduce((largest, x) => Math.max(largest, x), -Infinity);
    const total = z.reduce((sum, x) => sum + Math.exp(x - top), 0);
    return { z, top, total, size: z.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) };
  };

  // A class that the label is not costs nothing, even where its logit is -inf; a probability of 0 is a factor.
  const counts = (call, r, c) => !call.options.labels || targetOf(call, r, c) !== 0;

  const crossEntropyOfRow = (call, r) => {
    const { z, top, total } = rowOf(call, r);
    let loss = 0;
    z.forEach((x, c) => {
      if (counts(call, r, c)) loss += targetOf(call, r, c) * (Math.log(total) - (x - top));
    });
    return loss;
  };

  const rowsOf = (call) => call.inputs[0].shape[0];

  const explainCrossEntropy = (e) => {
    const { call } = e;
    const rows = rowsOf(call);
    const { each, part, partText } = reductionOf(call, termsOf(call));
    const labelsAlone = call.options.labels && call.options.label_smoothing[0] === 0;
    const row = each ? e.element : "n";
    const softmax = `log softmax(${e.xName(0)}[${row}])`;
    const weight = call.options.weight ? `weight[label[${row}]] * ` : "";
    const summand = labelsAlone ? `-${weight}${softmax}[label[${row}]]` : `-target[${row},c] * ${softmax}[c]`;
    const loop = [...(each ? [] : ["n"]), ...(labelsAlone ? [] : ["c"])];
    e.rule(each ? sampleText(row) : samplesText(rows), Reel.sumText(loop, summand + partText), loop);
    for (let r = each ? row : 0; r < (each ? row + 1 : rows); r++) explainRow(e, r, part, partText);
  };

  // From the logits, for log(softmax) of an unlikely class would be -inf.
  const explainRow = (e, r, part, partText) => {
    const { z, top, total, size } = rowOf(e.call, r);
    z.forEach((x, c) => {
      if (!counts(e.call, r, c)) return;
      const target = targetOf(e.call, r, c);
      const at = { n: r, c };
      e.term(
        e.loop.map((name) => at[name]),
        e.number(Math.log(total) - (x - top), 1 + 2 * size + Math.log(total), "-log softmax"),
        e.number(target * part, undefined, `target${partText}`),
        Reel.text("-log softmax of class {0}, target {1}", c, Reel.format(target)),
      );
    });
  };

  // The derivative with respect to each logit of row r: softmax mass - target, in its parts; the mass is 1 unless the
  // probabilities do not add up to it.
  const slopeOf = (call, r) => {
    const { z, top, total } = rowOf(call, r);
    let mass = 0;
    z.forEach((_, k) => (mass += targetOf(call, r, k)));
    return (c) => ({ softmax: Math.exp(z[c] - top) / total, mass, target: targetOf(call, r, c) });
  };

  const gradientOfCrossEntropy = (call) => {
    const [{ shape, data }] = call.inputs;
    const dx = new Float64Array(data.length);
    for (let r = 0; r < shape[0]; r++) {
      const [slope, dy] = [slopeOf(call, r), shareOfDy(call, r, termsOf(call))];
      for (let c = 0; c < shape[1]; c++) {
        const { softmax, mass, target } = slope(c);
        dx[r * shape[1] + c] = dy * (softmax * mass - target);
      }
    }
    return dx;
  };

  const classText = (r, c, label) => {
    if (label === undefined) return Reel.text("sample {0}, class {1}", r, c);
    return Reel.text(label < 0 ? "sample {0}, class {1}, ignored" : "sample {0}, class {1}, label {2}", r, c, label);
  };

  const explainCrossEntropyGradient = (e) => {
    const { call } = e;
    const [r, c] = e.index;
    const { size } = rowOf(call, r);
    const { softmax, mass, target } = slopeOf(call, r)(c);
    const { each, part, partText } = reductionOf(call, termsOf(call));
    const massText = Math.abs(mass - 1) < 1e-6 ? "" : ` * ${Reel.format(mass)}`;
    e.rule(
      classText(r, c, call.options.labels?.[r]),
      `${e.dyName()}${each ? `[${r}]` : ""} * (softmax(${e.xName(0)}[${r}])[${c}]` +
        `${massText} - ${Reel.format(target)})${partText}`,
    );
    const slope = e.number(
      (softmax * mass - target) * part,
      (softmax * mass * (1 + 2 * size * (1 - softmax)) + target) * part,
      Reel.text("slope"),
    );
    const note = Reel.text("softmax {0}, target {1}", Reel.format(softmax), Reel.format(target));
    e.term([], e.dy(each ? r : 0), slope, note);
  };

  Reel.ops.cross_entropy = {
    forward: (call) =>
      reduced(
        call,
        Float64Array.from({ length: rowsOf(call) }, (_, r) => crossEntropyOfRow(call, r)),
        termsOf(call),
      ),
    backward: gradientOfCrossEntropy,
    explain: (e) => (e.ofOutput() ? explainCrossEntropy(e) : explainCrossEntropyGradient(e)),
  };

  // ---- nll_loss

  const labelPlace = (call, r) => r * call.inputs[0].shape[1] + call.options.labels[r];

  const explainNll = (e) => {
    const { call } = e;
    const rows = rowsOf(call);
    const { each, part, partText } = reductionOf(call, rows);
    if (each) {
      e.rule(sampleText(e.element), `-${e.xName(0)}[${e.element},${call.options.labels[e.element]}]`);
      return e.term([], e.x(0, labelPlace(call, e.element)), e.number(-part));
    }
    e.rule(samplesText(rows), Reel.sumText(["n"], `-${e.xName(0)}[n,label[n]]${partText}`), ["n"]);
    call.options.labels.forEach((label, r) =>
      e.term([r], e.x(0, labelPlace(call, r)), e.number(-part), Reel.text("label {0}", label)),
    );
  };

  const explainNllGradient = (e) => {
    const { call } = e;
    const [r, c] = e.index;
    const label = call.options.labels[r];
    const { each, part, partText } = reductionOf(call, rowsOf(call));
    const dy = e.dy(each ? r : 0);
    const place = classText(r, c, label);
    if (c !== label) {
      e.rule(place, Reel.text("0, for the class is not the label"));
      return e.leftOut([], dy, Reel.text("the label is {0}", label));
    }
    e.rule(place, `-${e.dyName()}${each ? `[${r}]` : ""}${partText}`);
    e.term([], dy, e.number(-part), Reel.text("the label"));
  };

  Reel.ops.nll_loss = {
    forward: (call) =>
      reduced(
        call,
        Float64Array.from(call.options.labels, (_, r) => -call.inputs[0].data[labelPlace(call, r)]),
      ),
    backward(call) {
      const dx = new Float64Array(call.inputs[0].data.length);
      call.options.labels.forEach((_, r) => (dx[labelPlace(call, r)] = -shareOfDy(call, r, rowsOf(call))));
      return dx;
    },
    explain: (e) => (e.ofOutput() ? explainNll(e) : explainNllGradient(e)),
  };

  // ---- Pairs of an element x and its target t.

  // Each loss, its derivative with respect to x, how both are written, and what they are computed from. A
  // square is the product of two factors (x - t); the other losses are one number each.
  const pairs = {
    mse_loss: {
      value: (x, t) => (x - t) ** 2,
      factors: (e, x, t, part, partText) => [
        e.number(x - t, size(x, t), Reel.text("difference")),
        e.number((x - t) * part, size(x, t) * part, Reel.text("difference") + partText),
      ],
      slope: (x, t) => 2 * (x - t),
      slopeSpread: (x, t) => 2 * size(x, t),
      text: (x, t) => `(${x} - ${t})^2`,
      slopeText: (x, t) => `2 (${x} - ${t})`,
    },
    l1_loss: {
      value: (x, t) => Math.abs(x - t),
      factors: (e, x, t, part, partText) => [
        e.number(Math.abs(x - t), size(x, t), Reel.text("|difference|")),
        e.number(part, undefined, `1${partText}`),
      ],
      slope: (x, t) => Reel.sign(x - t),
      slopeSpread: () => 1,
      text: (x, t) => `|${x} - ${t}|`,
      slopeText: (x, t) => `sign(${x} - ${t})`,
    },
    bce_with_logits: {
      // x - x is 0, and makes -infinity's NaN, as the library's is.
      value: (x, t) => (x < 0 ? x - x - t * x : (1 - t) * x) + Math.log1p(Math.exp(-Math.abs(x))),
      factors: (e, x, t, part, partText) => [
        e.number(pairs.bce_with_logits.value(x, t), 1 + 2 * Math.abs(x), Reel.text("loss")),
        e.number(part, undefined, `1${partText}`),
      ],
      slope: (x, t) => Reel.sigmoid(x) - t,
      slopeSpread: (x, t) => Reel.sigmoid(x) * (1 + Math.abs(x)) + Math.abs(t),
      text: (x, t) => `(max(${x}, 0) - ${x} ${t} + log(1 + exp(-|${x}|)))`,
      slopeText: (x, t) => `(sigmoid(${x}) - ${t})`,
    },
  };
  const size = (x, t) => Math.abs(x) + Math.abs(t);

  const explainPairs = (e, f) => {
    const [x, target] = e.call.inputs;
    const n = Reel.numel(x.shape);
    const { each, part, partText } = reductionOf(e.call, n);
    const term = (loop, i) => e.term(loop, ...f.factors(e, x.data[i], target.data[i], part, partText));
    if (each) {
      const at = Reel.indexText(e.shape, e.element);
      e.rule("", f.text(x.name + at, target.name + at));
      return term([], e.element);
    }
    const names = Reel.loopNames(x.shape);
    const at = Reel.bracketed(names);
    const summand = f.text(x.name + at, target.name + at) + partText;
    e.rule("", Reel.text("sum over {0} of {1}", names.join(","), summand), names);
    for (let i = 0; i < n; i++) term(Reel.index(x.shape, i), i);
  };

  const explainPairSlope = (e, f) => {
    const own = e.call.inputs[e.ofInput];
    const other = e.call.inputs[1 - e.ofInput];
    const [x, t] = [own.data[e.element], other.data[e.element]];
    const n = Reel.numel(own.shape);
    const { each, part, partText } = reductionOf(e.call, n);
    const at = Reel.indexText(e.shape, e.element);
    const slope = f.slopeText(own.name + at, other.name + at) + partText;
    e.rule("", `${e.dyName()}${each ? at : ""} * ${slope}`);
    e.term([], e.dy(each ? e.element : 0), e.number(f.slope(x, t) * part, f.slopeSpread(x, t) * part, Reel.text("slope")));
  };

  for (const [name, f] of Object.entries(pairs)) {
    Reel.ops[name] = {
      forward: (call) =>
        reduced(
          call,
          Float64Array.from(call.inputs[0].data, (x, i) => f.value(x, call.inputs[1].data[i])),
        ),
      backward: (call, input) => {
        const [own, other] = [call.inputs[input], call.inputs[1 - input]];
        const n = own.data.length;
        return Float64Array.from(own.data, (x, i) => shareOfDy(call, i, n) * f.slope(x, other.data[i]));
      },
      explain: (e) => (e.ofOutput() ? explainPairs(e, f) : explainPairSlope(e, f)),
    };
  }
  // Which of the two is larger: the gradient depends on that alone.
  Reel.ops.l1_loss.choices = (call) =>
    Array.from(call.inputs[0].data, (x, i) => Reel.sign(x - call.inputs[1].data[i]));
}
