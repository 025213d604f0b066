"use strict";
// A digit is drawn, and read at once.
{
  const { ui, playground } = Reel;
  const { ask, on, show, tell } = playground;
  const kSide = 240; // of the pad, in its own units
  let strokes = [];
  let classes = [];

  const pad = ui.el("canvas.pad", {
    width: 2 * kSide,
    height: 2 * kSide,
    id: "pad",
    tabindex: 0,
    role: "img",
    "aria-label": Reel.text("Draw a digit here with the mouse, a pen or a finger"),
  });
  const verdict = ui.el("div.verdict", { "aria-live": "polite" });
  const chances = ui.el("div");

  const ink = () => {
    const context = pad.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, pad.width, pad.height);
    Object.assign(context, { strokeStyle: "#fff", lineWidth: 34, lineCap: "round", lineJoin: "round" });
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(2 * x, 2 * y);
      context.stroke();
    }
  };

  const pointOf = (event) => {
    const { left, top, width } = pad.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top].map((at) => (at * kSide) / width);
  };

  const read = async () => {
    if (strokes.length === 0) {
      verdict.replaceChildren(ui.note(Reel.text("Draw a digit, and see how it is read.")));
      chances.replaceChildren();
      return;
    }
    const drawn = strokes;
    const { picture, probabilities } = await ask({ ask: "read", strokes: drawn });
    if (drawn !== strokes) return;
    const answer = probabilities.includes(null)
      ? Reel.text("no answer")
      : Reel.text("read as {0}", classes[probabilities.indexOf(Math.max(...probabilities))]);
    verdict.replaceChildren(
      Reel.imageCanvas(picture, Reel.text("what the network sees")),
      ui.note(Reel.text("what the network sees")),
      ui.el("p", { id: "verdict" }, answer),
    );
    chances.replaceChildren(Reel.bars(probabilities, classes, null));
  };

  const clear = () => {
    strokes = [];
    ink();
    read();
  };

  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    strokes = [...strokes, [pointOf(event)]];
    ink();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    strokes.at(-1).push(pointOf(event));
    ink();
  });
  pad.addEventListener("pointerup", read);

  on("data", (data) => {
    ({ classes } = data);
    const fits = data.shape.join() === "1,28,28";
    document.getElementById("panel-draw").hidden = !fits;
    if (!fits) return;
    const areDigits = classes.join("") === "0123456789";
    document.getElementById("draw-title").textContent = areDigits ? Reel.text("Draw a digit") : Reel.text("Draw an image");
    strokes = [];
    ink();
    show(
      "panel-draw",
      ui.el("div.drawing", pad, verdict),
      ui.el(
        "p.buttons",
        ui.button(Reel.text("Clear"), clear, { id: "clear" }),
        ui.button(Reel.text("See it in all layers"), () => strokes.length && tell("look", { strokes })),
      ),
      chances,
    );
    read();
  });
  on("judged", () => strokes.length && read());
}
