"use strict";
// What each layer makes of one image, as the network changes.
{
  const { ui, playground } = Reel;
  const { ask, on, show } = playground;
  const kMost = 24; // planes of a layer that are shown
  let looked = { image: 0 }; // the question of the image that is looked at
  let asking = false;
  let classes = [];

  const range = (picture) => Reel.text("from {0} to {1}", Reel.format(-picture.largest, 2), Reel.format(picture.largest, 2));

  const planes = (picture, name) =>
    ui.el(
      "div.planes",
      { title: range(picture) },
      Reel.planeCanvases(picture, (plane) => Reel.text("{0}, channel {1}", name, plane), kMost),
    );

  const planesOf = ({ shape }) => (shape.length > 2 ? shape.slice(0, -2).reduce((a, b) => a * b) : 1);

  const shownOf = (picture) => {
    const all = planesOf(picture);
    return all > kMost && Reel.text(", {0} of {1} shown", kMost, all);
  };

  const layer = ({ part, value, weight }) =>
    ui.el(
      value.shape.length > 1 ? "div.layer" : "div.layer.flat",
      ui.el("h3", ui.el("b", part), ui.el("small", value.shape.join("×"), shownOf(weight ?? value))),
      weight && ui.el(weight.shape[1] === 1 ? "div.filters.one-channel" : "div.filters", planes(weight, Reel.text("the filters of {0}", part))),
      planes(value, part),
    );

  /// The classes by their probability, as bars: upright where their names are short. Probabilities that are NaN come as
  /// null.
  Reel.bars = (probabilities, names, label) => {
    if (probabilities.includes(null)) return ui.note(Reel.text("Its probabilities are no numbers."));
    return ui.el(
      names.every((name) => name.length < 4) ? "ol.bars.upright" : "ol.bars",
      probabilities.map((p, i) =>
        ui.el(
          "li",
          { class: [p === Math.max(...probabilities) && "most", i === label && "label"].filter(Boolean).join(" ") },
          ui.el("span.name", names[i]),
          ui.el("span.bar", ui.el("span", { style: { "--m": p } })),
          ui.el("span.amount", p < 0.005 ? "" : `${Math.round(100 * p)}%`),
        ),
      ),
    );
  };

  const draw = ({ picture, label, probabilities, layers }) =>
    show(
      "panel-layers",
      ui.el(
        "div.looked",
        ui.el("figure", Reel.imageCanvas(picture, Reel.text("the image")), label !== null && ui.el("figcaption", Reel.text("labelled {0}", classes[label]))),
        Reel.bars(probabilities, classes, label),
      ),
      layers.filter(({ value }) => value.shape.length > 0).map(layer),
    );

  const look = async () => {
    if (asking) return; // the next judgement asks again
    asking = true;
    try {
      draw(await ask({ ask: "read", ...looked }));
    } finally {
      asking = false;
    }
  };

  on("data", (data) => {
    ({ classes } = data);
    looked = { image: 0 };
  });
  on("look", (question) => {
    looked = question;
    look();
  });
  on("judged", look);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look); // whose colours are others
}
