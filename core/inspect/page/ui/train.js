"use strict";
// Train: steps of gradient descent on the page, as many between two frames as there is time for.
{
  const { ui } = Reel;
  const { el } = ui;

  const kMany = 100; // steps of the second button
  const kFrame = 12; // milliseconds of computing before the page is drawn
  const kNames = 6; // of what is trained, that are listed

  const lossOf = (trace) => trace.nodes[trace.loss].value.data[0];
  const losses = new WeakMap(); // of a trace: the loss before each step that led to it, and its own
  const lossesOf = (trace) => losses.get(trace) ?? [lossOf(trace)];

  let rateText = null; // until the page is there: to try rates takes steps
  const rate = () => (rateText ??= Reel.format(ui.trace.fittingRate()));
  let run = null; // {from, trace, losses, rate, left} while it trains

  // ---- Steps.

  const start = (count) => {
    const number = ui.typed(rate());
    if (!(number > 0 && Number.isFinite(number))) {
      return ui.say(Reel.text("“{0}” is no learning rate: a number above 0 as 0.1 is expected.", rate()), true);
    }
    if (!Number.isFinite(lossOf(ui.trace))) {
      return ui.say(Reel.text("The loss is {0}: undo that before a step.", Reel.format(lossOf(ui.trace))), true);
    }
    run = { from: ui.trace, trace: ui.trace, losses: [...lossesOf(ui.trace)], rate: number, left: count, done: 0 };
    ui.update({ training: true });
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
    if (!run) return;
    if (run.from !== ui.trace) {
      run = null;
      return ui.update({ training: false });
    }
    const until = performance.now() + kFrame;
    while (run.left > 0 && performance.now() < until) step();
    if (run.left === 0) return finish();
    drawProgress();
    requestAnimationFrame(advance);
  };

  const finish = () => {
    const { trace } = run;
    losses.set(trace, run.losses);
    const said = outcome(run);
    run = null;
    ui.state.training = false;
    ui.branch(trace, said);
  };

  const outcome = ({ from, trace, losses: all, rate: used }) => {
    const [name, before, after] = [ui.nameOf(trace.loss), Reel.format(lossOf(from)), Reel.format(lossOf(trace))];
    const parts = [all.length - 1, Reel.format(used), name, before, after, Reel.format(used / 10)];
    if (!Number.isFinite(lossOf(trace))) {
      return () => Reel.text("After step {0} at a learning rate of {1}, {2} is {4}: the rate is too large. Undo, and try {5}.", ...parts);
    }
    return lossOf(trace) > lossOf(from)
      ? () => Reel.text("After step {0} at a learning rate of {1}: {2} rose from {3} to {4}. The rate may be too large: try {5}.", ...parts)
      : () => Reel.text("After step {0} at a learning rate of {1}: {2} went from {3} to {4}.", ...parts);
  };

  // ---- What stands in the panel.

  const curve = (all) => (all.length > 1 ? ui.curve(ui.nameOf(ui.trace.loss), all) : "");

  const namesOf = (nodes) => {
    const names = nodes.slice(0, kNames).map((node) => ui.nameOf(node)).join(", ");
    return nodes.length > kNames ? Reel.text("{0} and {1} more", names, nodes.length - kNames) : names;
  };

  const controls = () => {
    if (rateText === null) setTimeout(() => ui.update({ rate: rate() }));
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
      el("span", { id: "train-progress" }, progress()),
    );
  const progress = () => Reel.text("{0} of {1}", run.done, run.done + run.left);

  // The button to stop stays the one that a hand is on.
  const drawProgress = () => {
    document.getElementById("train-progress").textContent = progress();
    document.getElementById("train-curve").replaceChildren(curve(run.losses));
  };

  /// What the panel shows of it; null where the page cannot run the step again.
  ui.training = () => {
    const trained = ui.trace.trained();
    if (trained.length === 0) return null;
    return [
      run ? stopping() : controls(),
      ui.note(Reel.text("A step takes the learning rate times its gradient from each number of {0}.", namesOf(trained))),
      el("div", { id: "train-curve" }, curve(run ? run.losses : lossesOf(ui.trace))),
    ];
  };
}
