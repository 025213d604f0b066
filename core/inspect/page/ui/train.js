"use strict";
// Train: steps of gradient descent on the page, as many between two frames as there is time for, and the loss as a curve.
{
  const { ui } = Reel;
  const { el, svg } = ui;

  const kMany = 100; // steps of the second button
  const kFrame = 12; // milliseconds of computing before the page is drawn
  const kNames = 6; // of what is trained, that are listed
  const kLogarithmic = 50; // a curve that falls by more has a logarithmic axis

  const lossOf = (trace) => trace.nodes[trace.loss].value.data[0];
  const losses = new WeakMap(); // of a trace: the loss before each step that led to it, and its own
  const lossesOf = (trace) => losses.get(trace) ?? [lossOf(trace)];

  let rateText = null; // until the page is there: to try rates takes steps
  const rate = () => (rateText ??= Reel.format(ui.trace.fittingRate()));
  let run = null; // {from, trace, losses, rate, left} while it trains

  // ---- Steps.

  const start = (count) => {
    const number = ui.typed(rate());
    if (number === null || !Number.isFinite(number)) {
      return ui.say(Reel.text("“{0}” is no learning rate: a number as 0.1 is expected.", rate()), true);
    }
    if (!Number.isFinite(lossOf(ui.trace))) {
      return ui.say(Reel.text("The loss is {0}: undo that before a step.", Reel.format(lossOf(ui.trace))), true);
    }
    run = { from: ui.trace, trace: ui.trace, losses: [...lossesOf(ui.trace)], rate: number, left: count, done: 0 };
    advance();
  };

  const step = () => {
    run.trace = run.trace.descended(run.rate);
    run.losses.push(lossOf(run.trace));
    run.done++;
    run.left = Number.isFinite(run.losses.at(-1)) ? run.left - 1 : 0;
  };

  // A number that was set meanwhile, or an undo, ends it.
  const advance = () => {
    if (run?.from !== ui.trace) return;
    const until = performance.now() + kFrame;
    while (run.left > 0 && performance.now() < until) step();
    if (run.left === 0) return finish();
    ui.update({ trained: run.done });
    requestAnimationFrame(advance);
  };

  const finish = () => {
    const { trace, done } = run;
    losses.set(trace, run.losses);
    const said = outcome(run);
    run = null;
    if (done > 0) ui.branch(trace, said);
    else ui.redraw();
  };

  const outcome = ({ from, trace, done, rate }) => {
    const [name, before, after] = [ui.nameOf(trace.loss), Reel.format(lossOf(from)), Reel.format(lossOf(trace))];
    const smaller = Reel.format(rate / 10);
    if (!Number.isFinite(lossOf(trace))) {
      const pattern = "After {0} at a learning rate of {1}, {2} is {3}: the rate is too large. Undo, and try {4}.";
      return Reel.text(pattern, Reel.counted(done, "step"), Reel.format(rate), name, after, smaller);
    }
    const rose = lossOf(trace) > lossOf(from);
    const pattern = rose
      ? "{0} at a learning rate of {1}: {2} rose from {3} to {4}. The rate may be too large: try {5}."
      : "{0} at a learning rate of {1}: {2} went from {3} to {4}.";
    return Reel.text(pattern, Reel.counted(done, "step"), Reel.format(rate), name, before, after, smaller);
  };

  // ---- The curve.

  const kWidth = 400;
  const kHeight = 120;
  const kLeft = 72; // for the numbers of the axis

  const curve = (all) => {
    const finite = all.filter(Number.isFinite);
    if (all.length < 2 || finite.length === 0) return null;
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const logarithmic = low > 0 && high > kLogarithmic * low;
    const scaled = logarithmic ? Math.log : (x) => x;
    const range = scaled(high) - scaled(low) || 1;
    const x = (i) => kLeft + ((kWidth - kLeft - 6) * i) / (all.length - 1);
    const y = (loss) => 8 + (kHeight - 16) * (1 - (scaled(loss) - scaled(low)) / range);
    const points = all.flatMap((loss, i) => (Number.isFinite(loss) ? `${x(i).toFixed(1)},${y(loss).toFixed(1)}` : []));
    const name = ui.nameOf(ui.trace.loss);
    const number = (loss) => svg("text", { x: kLeft - 8, y: y(loss) + 4, "text-anchor": "end" }, Reel.format(loss, 3));
    return ui.captioned(
      logarithmic ? Reel.text("{0} after each step, on a logarithmic axis", name) : Reel.text("{0} after each step", name),
      svg(
        "svg.curve",
        {
          viewBox: `0 0 ${kWidth} ${kHeight + 18}`,
          role: "img",
          "aria-label": Reel.text("{0} over {1}: from {2} to {3}", name, Reel.counted(all.length - 1, "step"),
            Reel.format(all[0]), Reel.format(all.at(-1))),
        },
        svg("path.axis", { d: `M${kLeft} 4V${kHeight}H${kWidth}` }),
        number(high),
        low < high && number(low),
        svg("text", { x: kLeft, y: kHeight + 14 }, "0"),
        svg("text", { x: kWidth, y: kHeight + 14, "text-anchor": "end" }, Reel.counted(all.length - 1, "step")),
        svg("polyline", { points: points.join(" ") }),
      ),
    );
  };

  // ---- What stands in the panel.

  const namesOf = (nodes) => {
    const names = nodes.slice(0, kNames).map((node) => ui.nameOf(node)).join(", ");
    return nodes.length > kNames ? Reel.text("{0} and {1} more", names, nodes.length - kNames) : names;
  };

  const controls = () => {
    if (rateText === null) setTimeout(() => ui.update({ trained: rate() }));
    return ui.form(
      { id: "train-form", class: "controls" },
      () => start(1),
      el(
        "label",
        { for: "train-rate" },
        Reel.text("learning rate"),
        " ",
        el("input", {
          id: "train-rate",
          type: "text",
          inputmode: "decimal",
          size: 5,
          value: rateText ?? "",
          "data-key": "train-rate",
          oninput: (event) => (rateText = event.target.value),
        }),
      ),
      el("button", { type: "submit", "data-key": "train-one" }, Reel.text("One SGD step")),
      ui.button(Reel.text("{0} steps", kMany), () => start(kMany), { "data-key": "train-many" }),
    );
  };

  const stopping = () =>
    el(
      "div.controls",
      ui.button(Reel.text("Stop"), finish, { "data-key": "train-many" }),
      el("span", Reel.text("{0} of {1}", run.done, run.done + run.left)),
    );

  /// What the panel shows of it.
  ui.training = () => {
    const trained = ui.trace.trained();
    if (trained.length === 0) return ui.note(Reel.text("No step can be made here."));
    return [
      run ? stopping() : controls(),
      ui.note(Reel.text("A step takes the learning rate times its gradient from each number of {0}.", namesOf(trained))),
      curve(run ? run.losses : lossesOf(ui.trace)),
    ];
  };
}
