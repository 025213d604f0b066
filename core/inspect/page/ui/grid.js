"use strict";
// A matrix on the page: numbers where it is small, else a heat map. Arrow keys walk over it, a click or the
// walk picks. Signs show as glyphs too, not by colour alone.
{
  const { ui } = Reel;
  const { el } = ui;
  const kNumbers = 16; // up to so many rows and columns are numbers, where a grid's `limit` says nothing else

  const kSteps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  // m: {key, rows, cols, at(r,c), number(r,c), scale, label, title, picked, pick(r,c), mark(r,c), frame, origin, width, limit, thumb,
  // border}; `border` rows or columns, as padding, do not count for the choice of the kind.
  const inside = (m, r, c) => r >= 0 && c >= 0 && r < m.rows && c < m.cols;
  const classes = (m, r, c) => (m.mark ? m.mark(r, c) : "");
  const isPad = (m, r, c) => /\bpad\b/.test(classes(m, r, c));
  const originOf = (m) => m.origin || [0, 0];

  /// All [row, column] in their order.
  ui.cells = (rows, cols) => Array.from({ length: rows * cols }, (_, i) => Reel.index([rows, cols], i));

  // The cell that the keyboard comes to first: the picked one, else the first that is not padding.
  const firstCell = (m) => {
    if (m.picked && !isPad(m, ...m.picked)) return m.picked;
    return ui.cells(m.rows, m.cols).find(([r, c]) => !isPad(m, r, c)) || [0, 0];
  };

  const keyOf = (m, r, c) => `${m.key}:${r},${c}`;

  const onArrow = (m, focusKey) => (event) => {
    const step = kSteps[event.key];
    if (!step || !m.pick || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    let [r, c] = firstCell(m);
    do {
      r += step[0];
      c += step[1];
    } while (inside(m, r, c) && isPad(m, r, c));
    if (!inside(m, r, c)) return;
    ui.nextKey = focusKey(m, r, c);
    m.pick(r, c);
  };

  // How strong the colour of a number is: 0 to 1.
  const strengthOf = (m, value) => {
    if (!Number.isFinite(value)) return 1;
    return m.scale > 0 ? Math.min(1, Math.abs(value) / m.scale) : 0;
  };

  // In full, and what it was before a change.
  const titleOf = (m, r, c, value) => {
    const was = m.number ? ui.was(m.number(r, c)) : null;
    return was === null ? Reel.format(value) : Reel.text("{0}, was {1}", Reel.format(value), Reel.format(was));
  };

  // ---- Numbers.

  const cellText = (value) => (typeof value === "number" ? ui.brief(value) : (value ?? ""));

  const cell = (m, r, c, [firstRow, firstColumn]) => {
    const value = m.at(r, c);
    const number = typeof value === "number";
    const picked = m.picked && m.picked[0] === r && m.picked[1] === c;
    const picks = m.pick && !isPad(m, r, c);
    const pick = () => {
      ui.nextKey = keyOf(m, r, c);
      m.pick(r, c);
    };
    return el(
      "td",
      {
        class: [number ? ui.signOf(value) : "", classes(m, r, c), picked ? "picked" : ""].join(" ").trim(),
        style: { "--m": (number ? strengthOf(m, value) : 0).toFixed(3) },
        role: m.pick ? "gridcell" : null,
        "data-key": m.pick ? keyOf(m, r, c) : null,
        "data-number": picks && m.number ? ui.focusKey(m.number(r, c)) : null,
        tabindex: picks ? (r === firstRow && c === firstColumn ? 0 : -1) : null,
        "aria-selected": m.pick && picked ? "true" : null,
        onclick: picks && pick,
        title: number ? titleOf(m, r, c, value) : null,
      },
      cellText(value),
    );
  };

  const numbers = (m) => {
    const first = firstCell(m);
    const line = (r) => Array.from({ length: m.cols }, (_, c) => cell(m, r, c, first));
    const rows = Array.from({ length: m.rows }, (_, r) => el("tr", { role: m.pick ? "row" : null }, line(r)));
    const lengths = rows.flatMap((row) => [...row.cells].map((one) => one.textContent.length));
    const attributes = {
      role: m.pick ? "grid" : null,
      "aria-label": m.label,
      style: { "--longest": Math.max(0, ...lengths) }, // all columns are as wide
      onkeydown: onArrow(m, keyOf),
    };
    return el("div.scroll", el("table.numbers", attributes, rows));
  };

  // ---- Heat map.

  const kColours = ["zero", "pos", "neg", "odd", "ink", "accent"];
  // Of the light and of the dark mode: asking for a style costs a layout.
  const paletteOf = Reel.remembering(() => {
    const style = getComputedStyle(document.documentElement);
    const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
    return Object.fromEntries(kColours.map((name) => [name, rgb(style.getPropertyValue(`--heat-${name}`).trim())]));
  }, new Map());
  const palette = () => paletteOf(matchMedia("(prefers-color-scheme: dark)").matches);
  const css = ([r, g, b], alpha = 1) => `rgba(${r},${g},${b},${alpha})`;

  const paintPixels = (m, colours) => {
    const image = new ImageData(m.cols, m.rows);
    for (let r = 0, k = 0; r < m.rows; r++) {
      for (let c = 0; c < m.cols; c++, k += 4) {
        const value = m.at(r, c);
        if (typeof value !== "number") continue; // stays transparent
        const full = !Number.isFinite(value) ? colours.odd : value > 0 ? colours.pos : colours.neg;
        const t = strengthOf(m, value);
        for (let i = 0; i < 3; i++) image.data[k + i] = colours.zero[i] + t * (full[i] - colours.zero[i]);
        image.data[k + 3] = 255;
      }
    }
    const canvas = el("canvas", { width: m.cols, height: m.rows });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

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

  // "+" or "-" as lines, which stay sharp in small cells; "x" for what is not finite.
  const glyph = (context, m, r, c, size, colours) => {
    const value = m.at(r, c);
    if (typeof value !== "number" || !(Math.abs(value) > 0.15 * m.scale || Number.isNaN(value))) return;
    const finite = Number.isFinite(value);
    const colour = css(!finite || Math.abs(value) > 0.5 * m.scale ? colours.zero : colours.ink, 0.8);
    const [x, y, arm] = [(c + 0.5) * size, (r + 0.5) * size, Math.min(size * 0.25, 3)];
    const [left, right, top, bottom] = [x - arm, x + arm, y - arm, y + arm];
    const minus = [left, y, right, y];
    const plus = [minus, [x, top, x, bottom]];
    const cross = [
      [left, top, right, bottom],
      [left, bottom, right, top],
    ];
    strokes(context, colour, !finite ? cross : value > 0 ? plus : [minus]);
  };

  // A frame that is seen on every colour.
  const outline = (context, x, y, w, h, colours, colour) => {
    context.lineWidth = 4;
    context.strokeStyle = css(colours.zero, 0.9);
    context.strokeRect(x, y, w, h);
    context.lineWidth = 2;
    context.strokeStyle = css(colour);
    context.strokeRect(x, y, w, h);
  };

  const overlay = (context, m, size, colours) => {
    const taps = [];
    for (let r = 0; r < m.rows; r++) {
      for (let c = 0; c < m.cols; c++) {
        const mark = classes(m, r, c);
        const hatch = [c * size, (r + 1) * size, (c + 1) * size, r * size];
        if (mark.includes("pad")) strokes(context, css(colours.ink, 0.35), [hatch]);
        if (size >= 6) glyph(context, m, r, c, size, colours);
        if (mark.includes(m.frame ? "one" : "tap") || mark.includes("set")) taps.push([r, c]);
      }
    }
    const frame = (r0, c0, r1, c1, colour) =>
      outline(context, c0 * size, r0 * size, (c1 - c0 + 1) * size, (r1 - r0 + 1) * size, colours, colour);
    if (m.frame) frame(...m.frame, colours.accent);
    for (const [r, c] of taps) frame(r, c, r, c, colours.accent);
    if (m.picked) frame(...m.picked, ...m.picked, colours.ink);
  };

  const readout = (m, r, c) => {
    const value = m.at(r, c);
    const [r0, c0] = originOf(m);
    return `row ${r + r0}, column ${c + c0}: ${typeof value === "number" ? titleOf(m, r, c, value) : value || "padding"}`;
  };

  const placeOf = (m, event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return [
      Math.floor(((event.clientY - box.top) / box.height) * m.rows),
      Math.floor(((event.clientX - box.left) / box.width) * m.cols),
    ];
  };

  const canvasOf = (m, w, h, ratio, output) => {
    const at = (event, f) => {
      const place = placeOf(m, event);
      if (inside(m, ...place)) f(...place);
    };
    return el("canvas.heat", {
      width: Math.ceil(w * ratio),
      height: Math.ceil(h * ratio),
      style: { "--w": `${w}px`, "aspect-ratio": `${w} / ${h}` },
      tabindex: m.pick ? 0 : null,
      role: m.pick ? "application" : "img",
      "data-key": m.key,
      "aria-label":
        `${m.label}: heat map of ${m.rows} rows and ${m.cols} columns` +
        (m.picked ? `; ${readout(m, ...m.picked)}` : "") +
        (m.pick ? "; arrow keys move" : ""),
      onmousemove: (event) => at(event, (r, c) => (output.textContent = readout(m, r, c))),
      onkeydown: onArrow(m, () => m.key),
      onclick: m.pick && ((event) => at(event, (r, c) => isPad(m, r, c) || m.pick(r, c))),
    });
  };

  const captionOf = (m) => {
    if (m.thumb) return "";
    return m.picked ? readout(m, ...m.picked) : `up to ±${ui.brief(m.scale)}; blue is +, orange −`;
  };

  const heatMap = (m) => {
    const width = m.width || 300;
    const size = Math.max(Math.min(width / m.cols, 14, 420 / m.rows), Math.min(2, width / m.cols));
    const ratio = window.devicePixelRatio || 1;
    const w = m.cols * size;
    const h = Math.max(m.rows * size, m.rows === 1 ? 18 : 0); // a list is a bar
    const output = el("p.readout", captionOf(m));
    const canvas = canvasOf(m, w, h, ratio, output);
    const colours = palette();
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = false;
    context.drawImage(paintPixels(m, colours), 0, 0, w, h);
    if (h === m.rows * size) overlay(context, m, size, colours);
    return el("div.heat-frame", canvas, output);
  };

  /// A grid with a line above it: its title or its label.
  ui.figure = (m) => {
    const size = Math.max(m.rows, m.cols) - (m.border ?? 0);
    return ui.captioned(m.title ?? m.label, size <= (m.limit ?? kNumbers) ? numbers(m) : heatMap(m));
  };

  /// Numbers of a tensor as a grid that picks them: at (r, c) stands element place(r, c).
  ui.tensorGrid = (node, gradient, [rows, cols], place, more) => {
    const tensor = ui.tensor(node, gradient);
    return {
      rows,
      cols,
      scale: ui.scale(tensor),
      label: ui.nameOf(node, gradient),
      at: (r, c) => (ui.hidden({ node, gradient, element: place(r, c) }) ? "?" : tensor.data[place(r, c)]),
      number: (r, c) => ({ node, gradient, element: place(r, c) }),
      pick: (r, c) => ui.look(node, gradient, place(r, c)),
      ...more,
    };
  };

  /// Figures side by side with signs between them.
  ui.joined = (signs, figures, ...more) =>
    el(
      "div.lab-parts",
      figures.map((figure, i) =>
        el("div.joined", signs[i] && el("span.joint", { "aria-hidden": "true" }, signs[i]), figure),
      ),
      more,
    );
}
