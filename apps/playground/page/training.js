"use strict";
// The training: play and pause, its settings, and the curves of what it has come to.
{
  const { ui, text, playground } = Reel;
  const { ask, on, tell, show } = playground;
  const kSlice = 60; // milliseconds of steps between two looks at the page
  const kJudge = 700; // milliseconds between two judgements
  const kRates = [100, 1, 0.3, 0.1, 0.03, 0.01, 0.005, 0.002, 0.001, 0.0003, 0.0001];

  const settings = { optimizer: "adam", rate: 0.002, batch: 64, seed: 1 };
  const run = { playing: false, slice: 1, losses: [], accuracies: [], judged: [], trouble: null };
  const optimizers = [
    ["sgd", text("SGD")],
    ["momentum", text("SGD, momentum 0.9")],
    ["adam", text("Adam")],
  ];

  // ---- What is done.

  const makeSteps = async (steps) => {
    const before = performance.now();
    const made = await ask({ ask: "train", steps });
    const each = (performance.now() - before) / Math.max(1, made.steps.length);
    run.slice = Math.max(1, Math.min(500, Math.round(kSlice / each)));
    for (const { step, loss, accuracy } of made.steps) {
      run.losses.push([step, loss]);
      run.accuracies.push([step, 100 * accuracy]);
    }
    run.trouble = made.trouble;
    if (made.trouble) run.playing = false;
    tell("steps");
  };

  const judge = async () => {
    const result = await ask({ ask: "judge" });
    run.judged.push([result.step, (100 * result.correct) / result.total]);
    tell("judged", result);
  };

  const play = async () => {
    run.playing = true;
    tell("playing");
    for (let judgedAt = performance.now(); run.playing; ) {
      await makeSteps(run.slice);
      if (!run.playing || performance.now() - judgedAt < kJudge) continue;
      await judge();
      judgedAt = performance.now();
    }
    await judge();
    tell("playing");
  };

  const pause = () => {
    run.playing = false;
  };

  const oneStep = async () => {
    pause();
    await makeSteps(1);
    await judge();
  };

  /// A training from the beginning, of these layers.
  playground.start = async (layers) => {
    pause();
    const network = await ask({ ask: "start", layers, ...settings });
    Object.assign(run, { losses: [], accuracies: [], judged: [], trouble: null });
    tell("started", { layers, network });
    await judge();
  };
  playground.pause = pause;

  const goBack = async () => {
    const { step } = await ask({ ask: "back" });
    const kept = (points) => points.filter(([at]) => at <= step);
    Object.assign(run, {
      losses: kept(run.losses),
      accuracies: kept(run.accuracies),
      judged: kept(run.judged),
      trouble: null,
    });
    await judge();
  };

  // ---- What is shown.

  const chooser = (label, values, chosen, change) =>
    ui.el(
      "label.setting",
      label,
      ui.el(
        "select",
        { onchange: (event) => change(event.target.value) },
        values.map(([value, name]) => ui.el("option", { value, selected: value === chosen }, name)),
      ),
    );

  const restart = (change) => (value) => {
    Object.assign(settings, change(value));
    tell("restart");
  };

  const setRate = (value) => {
    settings.rate = Number(value);
    ask({ ask: "rate", rate: settings.rate });
  };

  const named = (values) => values.map((value) => [value, String(value)]);

  const drawControls = () => {
    const toggle = run.playing ? pause : play;
    const name = run.playing ? text("❚❚ Pause") : text("▶ Train");
    document
      .getElementById("controls")
      .replaceChildren(
        ui.el(
          "div.buttons",
          ui.button(name, toggle, { class: "primary", id: "train" }),
          ui.button(text("One step"), oneStep, { id: "one-step" }),
          ui.button(text("Start again"), () => tell("restart"), { id: "restart" }),
          ui.button(text("Stop and ask"), () => tell("stop"), { id: "stop" }),
        ),
        chooser(text("optimiser"), optimizers, settings.optimizer, restart((optimizer) => ({ optimizer }))),
        chooser(text("learning rate"), named(kRates), settings.rate, setRate),
        chooser(text("batch"), named([1, 8, 32, 64, 128]), settings.batch, restart((batch) => ({ batch: Number(batch) }))),
        ui.el("p.state", { id: "state", "aria-live": "off" }),
      );
    drawState();
  };

  const drawState = () => {
    const step = run.losses.at(-1)?.[0] ?? 0;
    const accuracy = run.judged.at(-1)?.[1];
    document.getElementById("state").textContent =
      accuracy === undefined
        ? text("step {0}", step)
        : text("step {0}: {1}% of unseen images are read right", step, accuracy.toFixed(1));
  };

  const drawCurves = () => {
    show(
      "panel-curves",
      ui.el(
        "div.pair",
        ui.captioned(
          text("loss"),
          Reel.chart({
            label: text("the loss of each batch, over the steps"),
            low: 0,
            high: 0.5,
            format: (value) => value.toFixed(1),
            series: [{ points: run.losses }],
          }),
        ),
        ui.captioned(
          text("read right: unseen images; in grey the batch"),
          Reel.chart({
            label: text("the share that is read right, over the steps"),
            low: 0,
            high: 100,
            format: (value) => `${value}%`,
            series: [{ points: run.judged, dots: true }, { points: run.accuracies }],
          }),
        ),
      ),
      run.trouble && drawTrouble(run.trouble),
    );
  };

  const drawTrouble = ({ step, node, largestWeight, rate, best }) =>
    ui.el(
      "div.trouble",
      { role: "alert" },
      ui.el("p", text("Step {0} has no loss: {1} is the first that has an infinity or a NaN.", step, node)),
      ui.el(
        "p",
        text(
          "The largest weight is {0}. At a learning rate of {1} a step goes so far over the goal that the next gradient is larger still, and so on to infinity.",
          Reel.format(largestWeight, 3),
          rate,
        ),
      ),
      ui.el(
        "p.buttons",
        ui.button(text("Back to step {0}, the best so far", best), goBack, { id: "go-back" }),
        ui.button(text("Ask this step"), () => tell("stop")),
      ),
      ui.note(text("Before you go on, choose a smaller learning rate.")),
    );

  on("playing", drawControls);
  on("started", () => {
    drawControls();
    drawCurves();
  });
  on("steps", () => {
    drawCurves();
    drawState();
    if (run.trouble) drawControls();
  });
  on("judged", () => {
    drawCurves();
    drawState();
  });
  on("stop", pause);
}
