"use strict";
// The training: made of slices of steps, so that the page is asked and drawn in between, and judged now and then.
{
  const { playground } = Reel;
  const { ask, on, tell } = playground;
  const kSlice = 60; // milliseconds of steps between two looks at the page
  const kJudge = 700; // milliseconds between two judgements
  const kFar = 100; // times the first loss: no batch is so unlucky

  const settings = { optimizer: "adam", rate: 0.002, halve_every: 0, batch: 32, seed: 1 };
  const run = {
    playing: false,
    slice: 1, // steps at a time
    rate: 0, // of the step that comes next
    losses: [], // [step, loss] of each batch, and the same of what follows
    accuracies: [],
    judged: [],
    trouble: null, // why the next step cannot be made
    exploded: null, // {step, loss}: the first loss that is far above that of the beginning
  };

  const makeSteps = async (steps) => {
    const before = performance.now();
    const made = await ask({ ask: "train", steps });
    const each = (performance.now() - before) / Math.max(1, made.steps.length);
    run.slice = Math.max(1, Math.min(500, Math.round(kSlice / each)));
    for (const { step, loss, accuracy } of made.steps) {
      run.losses.push([step, loss]);
      run.accuracies.push([step, 100 * accuracy]);
    }
    Object.assign(run, { rate: made.rate, trouble: made.trouble });
    if (made.trouble) run.playing = false;
    if (!run.exploded) {
      run.exploded = made.steps.find(({ loss }) => loss > kFar * run.losses[0][1]) ?? null;
      if (run.exploded) run.playing = false;
    }
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

  /// A training from the beginning, of these layers; the answer tells of them.
  const start = async (layers) => {
    pause();
    const network = await ask({ ask: "start", layers, ...settings });
    Object.assign(run, { rate: settings.rate, losses: [], accuracies: [], judged: [], trouble: null, exploded: null });
    tell("started", { layers, network });
    await judge();
    return network;
  };

  const goBack = async () => {
    const { step } = await ask({ ask: "back" });
    const kept = (points) => points.filter(([at]) => at <= step);
    Object.assign(run, {
      rate: settings.rate,
      losses: kept(run.losses),
      accuracies: kept(run.accuracies),
      judged: kept(run.judged),
      trouble: null,
      exploded: null,
    });
    await judge();
  };

  /// With other settings the training begins again, but for the learning rate.
  const restartWith = (change) => {
    Object.assign(settings, change);
    tell("restart");
  };
  const setRate = async (change) => {
    Object.assign(settings, change);
    await ask({ ask: "rate", rate: settings.rate, halve_every: settings.halve_every });
    run.rate = settings.rate;
    tell("rate");
  };

  playground.training = { run, settings, play, pause, oneStep, start, goBack, restartWith, setRate };
  on("stop", pause);
}
