"use strict";
// Tensors as pictures: canvases of the bytes that picture_of() in facts.cpp makes, in the page's colours.
{
  const { ui } = Reel;
  const kZero = 127; // the byte of 0

  const bytesOf = ({ bytes }) => Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));

  /// An image [1,H,W] or [3,H,W] of numbers from 0 to 1 or less; with no label where the text beside it says enough.
  Reel.imageCanvas = (picture, label) => {
    const [channels, height, width] = picture.shape;
    const bytes = bytesOf(picture);
    const pixels = height * width;
    const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
    const canvas = ui.el("canvas.pixels", { width, height, ...named });
    const image = new ImageData(width, height);
    for (let i = 0; i < pixels; i++) {
      for (let c = 0; c < 3; c++) {
        const part = (bytes[(channels === 3 ? c : 0) * pixels + i] - kZero) / kZero;
        image.data[4 * i + c] = 255 * Math.max(part, 0);
      }
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

  /// The planes of [...,H,W], or the numbers of [n] as a row, each a canvas.
  Reel.planeCanvases = (picture, label, most) => {
    const [height, width] = picture.shape.length > 1 ? picture.shape.slice(-2) : [1, picture.shape[0]];
    const bytes = bytesOf(picture);
    const count = Math.min(bytes.length / (height * width), most);
    return Array.from({ length: count }, (_, plane) => {
      const at = (r, c) => (bytes[(plane * height + r) * width + c] - kZero) / kZero;
      const canvas = ui.painted({ rows: height, cols: width, scale: 1, at });
      canvas.className = "pixels";
      Object.assign(canvas, { role: "img", ariaLabel: label(plane) });
      return canvas;
    });
  };
}
