"use strict";
// A matrix as a heat map: blue is positive, orange negative, the strength is the size. The numbers are told beside it.
{
  const { ui } = Reel;
  const { el } = ui;

  const kColours = ["zero", "pos", "neg", "odd", "ink", "accent"];
  // Of the light and of the dark mode: asking for a style costs a layout.
  const paletteOf = Reel.remembering(() => {
    const style = getComputedStyle(document.documentElement);
    const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
    return Object.fromEntries(kColours.map((name) => [name, rgb(style.getPropertyValue(`--heat-${name}`).trim())]));
  }, new Map());
  ui.isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const palette = () => paletteOf(ui.isDark());
  const css = ([r, g, b], alpha = 1) => `rgba(${r},${g},${b},${alpha})`;

  /// How strong the colour of a number is: 0 to 1.
  ui.strengthOf = (value, scale) => {
    if (!Number.isFinite(value)) return 1;
    return scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0;
  };

  /// A canvas with a pixel for each cell; what is no number stays transparent.
  ui.painted = ({ rows, cols, scale, at }) => {
    const colours = palette();
    const image = new ImageData(cols, rows);
    for (let r = 0, k = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++, k += 4) {
        const value = at(r, c);
        if (typeof value !== "number") continue;
        const full = !Number.isFinite(value) ? colours.odd : value > 0 ? colours.pos : colours.neg;
        const t = ui.strengthOf(value, scale);
        for (let i = 0; i < 3; i++) image.data[k + i] = colours.zero[i] + t * (full[i] - colours.zero[i]);
        image.data[k + 3] = 255;
      }
    }
    const canvas = el("canvas", { width: cols, height: rows });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

  // ---- What stands over the colours: the padding's hatch, a cross where a number is not finite, frames.

  const strokes = (context, colour, lines) => {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    for (const [fromX, fromY, x, y] of lines) {
      context.moveTo(fromX, fromY);
      context.lineTo(x, y);
    }
    context.stroke();
  };

  const cross = (x, y, w, h) => [
    [x, y, x + w, y + h],
    [x, y + h, x + w, y],
  ];

  // A frame that is seen on every colour.
  const outline = (context, x, y, w, h, colours, colour) => {
    context.lineWidth = 4;
    context.strokeStyle = css(colours.zero, 0.9);
    context.strokeRect(x, y, w, h);
    context.lineWidth = 2;
    context.strokeStyle = css(colour);
    context.strokeRect(x, y, w, h);
  };

  const overlay = (context, m, w, h) => {
    const colours = palette();
    const taps = [];
    for (const [r, c] of ui.cells(m.rows, m.cols)) {
      const mark = ui.marksOf(m, r, c);
      const value = m.at(r, c);
      const corner = [c * w, r * h, w, h];
      if (mark.includes("pad")) strokes(context, css(colours.ink, 0.35), cross(...corner).slice(1));
      if (mark.includes("idle")) {
        context.fillStyle = css(colours.zero, 0.7);
        context.fillRect(...corner);
      }
      if (typeof value === "number" && !Number.isFinite(value)) strokes(context, css(colours.zero), cross(...corner));
      if (mark.includes(m.frame ? "one" : "tap") || mark.includes("set")) taps.push([r, c]);
    }
    const frame = (r0, c0, r1, c1, colour) =>
      outline(context, c0 * w, r0 * h, (c1 - c0 + 1) * w, (r1 - r0 + 1) * h, colours, colour);
    if (m.frame) frame(...m.frame, colours.accent);
    for (const [r, c] of taps) frame(r, c, r, c, colours.accent);
    if (m.picked) frame(...m.picked, ...m.picked, colours.ink);
  };

  // ---- The figure.

  const readout = (m, r, c) => {
    const value = m.at(r, c);
    const [r0, c0] = m.origin ?? [0, 0];
    const text = typeof value === "number" ? ui.titleOf(m, r, c, value) : value || Reel.text("padding");
    return Reel.text("row {0}, column {1}: {2}", r + r0, c + c0, text);
  };

  const placeOf = (m, event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const along = (at, from, size, count) => Math.max(0, Math.min(count - 1, Math.floor(((at - from) / size) * count)));
    return [along(event.clientY, box.top, box.height, m.rows), along(event.clientX, box.left, box.width, m.cols)];
  };

  const walks = (m) => Boolean(m.pick || m.walk);

  const labelOf = (m) => {
    const label = Reel.text("{0}: heat map of {1} rows and {2} columns", m.label, m.rows, m.cols);
    return [label, m.picked && readout(m, ...m.picked), walks(m) && Reel.text("arrow keys move")]
      .filter(Boolean)
      .join("; ");
  };

  const canvasOf = (m, w, h, output) => {
    const ratio = (window.devicePixelRatio || 1) * ui.zoom();
    const pick = (event) => {
      const place = placeOf(m, event);
      if (!ui.isPad(m, ...place)) m.pick(...place);
    };
    const canvas = el(m.drag ? "canvas.heat.dragged" : "canvas.heat", {
      width: Math.ceil(w * ratio),
      height: Math.ceil(h * ratio),
      style: { "aspect-ratio": `${w} / ${h}` },
      tabindex: walks(m) ? 0 : null,
      role: walks(m) ? "application" : "img",
      "data-key": m.key,
      "aria-label": labelOf(m),
      onmousemove: (event) => (output.textContent = readout(m, ...placeOf(m, event))),
      onkeydown: ui.walksOver(m, () => m.key),
      onclick: m.pick && !m.drag && pick,
      ...(m.drag && ui.dragging((event) => m.drag(...placeOf(m, event)))),
    });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = w * ratio < m.cols || h * ratio < m.rows;
    context.drawImage(ui.painted(m), 0, 0, w, h);
    overlay(context, m, w / m.cols, h / m.rows);
    return canvas;
  };

  // A cell is a square, at least of two pixels where no height is given; a list is a bar.
  const kBar = 18;
  const sizeOf = (m) => {
    const width = m.width ?? 300;
    const least = m.height ? 0 : Math.min(2, width / m.cols);
    const side = Math.max(Math.min(width / m.cols, 14, (m.height ?? 420) / m.rows), least);
    return [Math.max(kBar, m.cols * side), Math.max(kBar, m.rows * side)];
  };

  const captionOf = (m) => {
    if (m.thumb) return "";
    return m.picked ? readout(m, ...m.picked) : Reel.text("up to ±{0}; blue is +, orange −", ui.brief(m.scale));
  };

  ui.heatMap = (m) => {
    const output = el("p.readout", captionOf(m));
    const [w, h] = sizeOf(m);
    return el("div.heat-frame", { style: { "--w": `${w / 16}rem` } }, canvasOf(m, w, h, output), output);
  };
}
