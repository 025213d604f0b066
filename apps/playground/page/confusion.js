"use strict";
// What the network takes for what, and its worst mistakes, of the images that it has not seen.
{
  const { ui, playground } = Reel;
  const { on, show, tell } = playground;
  let classes = [];

  const cell = (count, label, predicted, most) =>
    ui.el(
      "td",
      {
        class: label === predicted ? "right" : count > 0 && "wrong",
        style: { "--m": count / most },
        title: Reel.text("{0} taken for {1}: {2}", classes[label], classes[predicted], count),
      },
      count || "",
    );

  const matrix = ({ confusion }) => {
    const rows = confusion.map((counts, label) => {
      const all = counts.reduce((sum, count) => sum + count, 0);
      return ui.el(
        "tr",
        ui.el("th", { scope: "row" }, classes[label]),
        counts.map((count, predicted) => cell(count, label, predicted, Math.max(1, all))),
        ui.el("td.recall", all ? `${Math.round((100 * counts[label]) / all)}%` : ""),
      );
    });
    return ui.table("confusion", ["", ...classes, Reel.text("right")], rows);
  };

  const mistake = ({ image, label, predicted, confidence, picture }) =>
    ui.el(
      "button.mistake",
      {
        type: "button",
        "data-key": `mistake-${image}`,
        onclick: () => tell("look", { image }),
        title: Reel.text("A {0} that was read as {1}: look at it", classes[label], classes[predicted]),
      },
      Reel.imageCanvas(picture, ""),
      ui.el("span", Reel.text("{0}, read as {1} ({2}%)", classes[label], classes[predicted], Math.round(100 * confidence))),
    );

  on("data", (data) => ({ classes } = data));
  on("judged", (result) => {
    show(
      "panel-confusion",
      matrix(result),
      ui.note(Reel.text("A row for each class, a column for what it was taken for. {0} of {1} are read right.", result.correct, result.total)),
    );
    show(
      "panel-mistakes",
      result.mistakes.length > 0
        ? ui.el("div.mistakes", result.mistakes.map(mistake))
        : ui.note(Reel.text("There are none.")),
    );
  });
}
