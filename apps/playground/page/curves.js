"use strict";
// What the training has come to: the curves of loss and accuracy, and why it cannot go on where it cannot.
{
  const { ui, playground } = Reel;
  const { on, tell, show, training } = playground;
  const { run } = training;
  const kLeast = 240, kWidest = 520, kBetween = 20; // pixels of a curve's width, and between two

  const lossChart = (width) =>
    Reel.chart({
      width,
      label: Reel.text("the loss of each batch, over the steps"),
      low: 0,
      high: 0.5,
      series: [{ points: run.losses }],
    });

  const accuracyChart = (width) =>
    Reel.chart({
      width,
      label: Reel.text("the share that is read right, over the steps"),
      low: 0,
      high: 100,
      unit: "%",
      series: [{ points: run.judged, dots: true }, { points: run.accuracies }],
    });

  const kTooFar = Reel.text("A step then goes so far over the goal that the next gradient is larger still, and so on.");

  /// What has happened, by `said`, and the ways out.
  const trouble = (said, back) =>
    ui.el(
      "div.trouble",
      said.map((sentence) => ui.el("p", sentence)),
      ui.el(
        "p.buttons",
        ui.button(back, training.goBack, { id: "go-back" }),
        ui.button(Reel.text("Ask this step"), () => tell("stop")),
      ),
      ui.note(Reel.text("Before you go on, choose a smaller learning rate.")),
    );

  const noLoss = ({ step, node, largestWeight, rate, best }) =>
    trouble(
      [
        Reel.text("Step {0} has no loss: {1} is the first that has an infinity or a NaN.", step, node),
        Reel.text("The largest weight is {0}, at a learning rate of {1}.", Reel.format(largestWeight, 3), Reel.format(rate, 3)),
        kTooFar,
      ],
      Reel.text("Back to step {0}, the best so far", best),
    );

  const tooLarge = ({ step, loss }) =>
    trouble(
      [
        Reel.text("The loss was {0} at first, and {1} at step {2}: the learning rate is too high.", Reel.format(run.losses[0][1], 3), Reel.format(loss, 3), step),
        kTooFar,
        Reel.text("What is left of the network may never learn again: a relu whose inputs are all negative has no gradient."),
      ],
      Reel.text("Back to the best so far"),
    );

  // What is told stays as it is while the curves go on: buttons are pressed, alerts are read out.
  const charts = ui.el("div.curves"), alert = ui.el("div", { role: "alert" });
  let told = null; // the cause
  show("panel-curves", charts, alert);

  const draw = () => {
    const room = charts.clientWidth;
    const width = Math.min(kWidest, room < 2 * kLeast ? room : (room - kBetween) / 2);
    charts.style.setProperty("--w", `${width}px`);
    charts.replaceChildren(
      ui.captioned(Reel.text("loss of each batch"), lossChart(width)),
      ui.captioned(Reel.text("read right; grey: of the batch"), accuracyChart(width)),
    );
    const cause = run.trouble ?? run.exploded;
    if (cause === told) return;
    told = cause;
    alert.replaceChildren(...(cause ? [run.trouble ? noLoss(cause) : tooLarge(cause)] : []));
  };
  for (const event of ["started", "steps", "judged"]) on(event, draw);
  window.addEventListener("resize", draw);
}
