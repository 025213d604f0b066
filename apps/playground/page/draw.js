"use strict";
// A digit is drawn, and read at once.
{
  const { ui, text, playground } = Reel;
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
    "aria-label": text("Draw a digit here with the mouse, a pen or a finger"),
  });
  const seen = ui.el("div.seen");

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
    if (strokes.length === 0) return seen.replaceChildren(ui.note(text("Draw a digit, and see how it is read.")));
    const drawn = strokes;
    const { picture, probabilities } = await ask({ ask: "read", strokes: drawn });
    if (drawn !== strokes) return;
    const digit = probabilities.indexOf(Math.max(...probabilities));
    seen.replaceChildren(
      ui.el(
        "div.verdict",
        Reel.imageCanvas(picture, text("what the network sees")),
        ui.el("p", { id: "verdict", "aria-live": "polite" }, text("read as {0}", classes[digit])),
      ),
      Reel.bars(probabilities, classes, null),
    );
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
    strokes = [];
    ink();
    show(
      "panel-draw",
      pad,
      ui.el(
        "p.buttons",
        ui.button(text("Clear"), clear, { id: "clear" }),
        ui.button(text("See it in all layers"), () => strokes.length && tell("look", { strokes })),
      ),
      seen,
    );
    read();
  });
  on("judged", () => strokes.length && read());
}
