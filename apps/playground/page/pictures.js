"use strict";
// Tensors as pictures: canvases of the bytes that picture_of() in facts.cpp makes, in the page's colours.
{
  const { ui } = Reel;
  const kZero = 127; // the byte of 0

  const colour = (name) => {
    const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  };
  const mixed = (a, b, part) => a.map((from, i) => Math.round(from + (b[i] - from) * part));

  /// Of each byte its colour: signs apart, or from black to white.
  const palette = (grey) => {
    const [zero, plus, minus] = ["--heat-zero", "--heat-pos", "--heat-neg"].map(colour);
    return Array.from({ length: 2 * kZero + 1 }, (_, byte) => {
      const part = (byte - kZero) / kZero;
      if (grey) return mixed([0, 0, 0], [255, 255, 255], Math.max(part, 0));
      return mixed(zero, part < 0 ? minus : plus, Math.abs(part));
    });
  };

  const bytesOf = ({ bytes }) => Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));

  const painted = (canvas, colourAt) => {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < canvas.width * canvas.height; i++) image.data.set([...colourAt(i), 255], 4 * i);
    context.putImageData(image, 0, 0);
    return canvas;
  };

  /// An image [1,H,W] or [3,H,W] of numbers from 0 to 1 or less; with no label where the text beside it says enough.
  Reel.imageCanvas = (picture, label) => {
    const [channels, height, width] = picture.shape;
    const bytes = bytesOf(picture);
    const grey = palette(true);
    const at = (c, i) => grey[bytes[c * height * width + i]][0];
    const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
    const canvas = ui.el("canvas.pixels", { width, height, ...named });
    return painted(canvas, (i) => (channels === 3 ? [at(0, i), at(1, i), at(2, i)] : grey[bytes[i]]));
  };

  /// The planes of [...,H,W], or the numbers of [n] as a row, each a canvas.
  Reel.planeCanvases = (picture, label, most) => {
    const [height, width] = picture.shape.length > 1 ? picture.shape.slice(-2) : [1, picture.shape[0]];
    const bytes = bytesOf(picture);
    const colours = palette(false);
    const count = Math.min(bytes.length / (height * width), most);
    return Array.from({ length: count }, (_, plane) => {
      const canvas = ui.el("canvas.pixels", { width, height, role: "img", "aria-label": label(plane) });
      return painted(canvas, (i) => colours[bytes[plane * height * width + i]]);
    });
  };
}
