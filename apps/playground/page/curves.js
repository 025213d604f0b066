"use strict";
// What the training has come to: the curves of loss and accuracy, and why it cannot go on where it cannot.
{
  const { ui, text, playground } = Reel;
  const { on, tell, show, training } = playground;
  const { run } = training;
  const kLeast = 240, kWidest = 520, kBetween = 20; // pixels of a curve's width, and between two

  const lossChart = (width) =>
    Reel.chart({
      width,
      label: text("the loss of each batch, over the steps"),
      low: 0,
      high: 0.5,
      series: [{ points: run.losses }],
    });

  const accuracyChart = (width) =>
    Reel.chart({
      width,
      label: text("the share that is read right, over the steps"),
      low: 0,
      high: 100,
      unit: "%",
      series: [{ points: run.judged, dots: true }, { points: run.accuracies }],
    });

  const trouble = ({ step, node, largestWeight, rate, best }) =>
    ui.el(
      "div.trouble",
      { role: "alert" },
      ui.el("p", text("Step {0} has no loss: {1} is the first that has an infinity or a NaN.", step, node)),
      ui.el(
        "p",
        text(
          "The largest weight is {0}. At a learning rate of {1} a step goes so far over the goal that the next gradient is larger still, and so on to infinity.",
          Reel.format(largestWeight, 3),
          Reel.format(rate, 3),
        ),
      ),
      ui.el(
        "p.buttons",
        ui.button(text("Back to step {0}, the best so far", best), training.goBack, { id: "go-back" }),
        ui.button(text("Ask this step"), () => tell("stop")),
      ),
      ui.note(text("Before you go on, choose a smaller learning rate.")),
    );

  const draw = () => {
    const room = document.querySelector("#panel-curves .body").clientWidth;
    const width = Math.min(kWidest, room < 2 * kLeast ? room : (room - kBetween) / 2);
    show(
      "panel-curves",
      ui.el(
        "div.curves",
        { style: { "--w": `${width}px` } },
        ui.captioned(text("loss of each batch"), lossChart(width)),
        ui.captioned(text("read right; grey: of the batch"), accuracyChart(width)),
      ),
      run.trouble && trouble(run.trouble),
    );
  };
  for (const event of ["started", "steps", "judged"]) on(event, draw);
  window.addEventListener("resize", draw);
}
