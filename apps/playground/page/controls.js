"use strict";
// What is done with the training and how far it has come, in the bar above; and its settings.
{
  const { ui, playground } = Reel;
  const { on, tell, show, training } = playground;
  const { run, settings } = training;
  const kRates = [100, 1, 0.3, 0.1, 0.03, 0.01, 0.005, 0.002, 0.001, 0.0003, 0.0001];
  const kBatches = [1, 8, 32, 64, 128];

  const selection = (label, values, chosen, change) =>
    ui.el(
      "select",
      { "aria-label": label, onchange: (event) => change(event.target.value) },
      values.map(([value, name]) => ui.el("option", { value, selected: value === chosen }, name)),
    );
  const setting = (label, ...selections) => ui.el("div.setting", ui.el("span", label), selections);
  const numbers = (values) => values.map((value) => [value, String(value)]);

  const toggle = ui.button("", () => (run.playing ? training.pause() : training.play()), { class: "primary", id: "train" });
  const state = ui.el("p.state", { id: "state", "aria-live": "off" });

  const optimizers = [
    ["sgd", Reel.text("SGD")],
    ["momentum", Reel.text("SGD, momentum 0.9")],
    ["adam", Reel.text("Adam")],
  ];
  const courses = [
    [0, Reel.text("constant")],
    [500, Reel.text("halved every 500 steps")],
  ];

  document.getElementById("controls").append(
    ui.el(
      "div.buttons",
      toggle,
      ui.button(Reel.text("One step"), training.oneStep, { id: "one-step" }),
      ui.button(Reel.text("Start again"), () => tell("restart"), { id: "restart" }),
      ui.button(Reel.text("Stop and ask"), () => tell("stop"), { id: "stop" }),
    ),
    state,
  );

  show(
    "panel-settings",
    setting(
      Reel.text("optimiser"),
      selection(Reel.text("optimiser"), optimizers, settings.optimizer, (optimizer) => training.restartWith({ optimizer })),
    ),
    setting(
      Reel.text("learning rate"),
      selection(Reel.text("learning rate"), numbers(kRates), settings.rate, (rate) => training.setRate({ rate: Number(rate) })),
      selection(Reel.text("course of the learning rate"), courses, settings.halve_every, (steps) =>
        training.setRate({ halve_every: Number(steps) }),
      ),
    ),
    setting(
      Reel.text("batch"),
      selection(Reel.text("batch"), numbers(kBatches), settings.batch, (batch) => training.restartWith({ batch: Number(batch) })),
    ),
    ui.note(Reel.text("With another optimiser or batch it begins again; with another learning rate it goes on.")),
  );

  const stateText = () => {
    const step = run.losses.at(-1)?.[0] ?? 0;
    const share = run.judged.at(-1)?.[1].toFixed(1);
    if (share !== undefined && step === 0) return Reel.text("step 0: {0}% of unseen images are read right, before it learns", share);
    if (share === undefined) return Reel.text("step {0}", step);
    if (settings.halve_every === 0) return Reel.text("step {0}: {1}% of unseen images are read right", step, share);
    return Reel.text("step {0}, learning rate {1}: {2}% of unseen images are read right", step, Reel.format(run.rate, 3), share);
  };

  const draw = () => {
    toggle.textContent = run.playing ? Reel.text("❚❚ Pause") : Reel.text("▶ Train");
    state.textContent = stateText();
  };
  for (const event of ["playing", "started", "steps", "judged", "rate"]) on(event, draw);
}
