"use strict";
// A matrix on the page: numbers where it is small, else a heat map. Arrow keys walk over it, a click or the
// walk picks. Signs show as glyphs too, not by colour alone.
{
  const { ui } = Reel;
  const { el } = ui;
  const kNumbers = 16; // up to so many rows and columns are numbers, where a grid's `limit` says nothing else

  const kSteps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  // m: {key, rows, cols, at(r,c), scale, label, title, picked, pick(r,c), mark(r,c), frame, origin, width, limit, thumb,
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
    ui.nextKey = focusKey(r, c);
    m.pick(r, c);
  };

  // ---- Numbers.

  const cellText = (value) =>
    value === null || value === undefined ? "" : typeof value === "string" ? value : ui.brief(value);

  const cell = (m, r, c, [firstRow, firstColumn]) => {
    const value = m.at(r, c);
    const number = typeof value === "number";
    const picked = m.picked && m.picked[0] === r && m.picked[1] === c;
    const pad = isPad(m, r, c);
    const first = r === firstRow && c === firstColumn;
    const strength = number && m.scale > 0 ? Math.min(1, Math.abs(value) / m.scale) : 0;
    return el(
      "td",
      {
        class: [number ? ui.signOf(value) : "", classes(m, r, c), picked ? "picked" : ""].join(" ").trim(),
        style: { "--m": Number.isFinite(strength) ? strength.toFixed(3) : 1 },
        role: m.pick ? "gridcell" : null,
        "data-key": m.pick ? `${m.key}:${r},${c}` : null,
        tabindex: m.pick && !pad ? (first ? 0 : -1) : null,
        "aria-selected": m.pick && picked ? "true" : null,
        onclick:
          m.pick && !pad
            ? () => {
                ui.nextKey = `${m.key}:${r},${c}`;
                m.pick(r, c);
              }
            : null,
        title: number ? Reel.format(value) : null,
      },
      cellText(value),
    );
  };

  const numbers = (m) => {
    const table = el("table.numbers", {
      role: m.pick ? "grid" : null,
      "aria-label": m.label,
      onkeydown: onArrow(m, (r, c) => `${m.key}:${r},${c}`),
    });
    const first = firstCell(m);
    let longest = 0;
    for (let r = 0; r < m.rows; r++) {
      const row = el("tr", { role: m.pick ? "row" : null });
      for (let c = 0; c < m.cols; c++) {
        const one = cell(m, r, c, first);
        longest = Math.max(longest, one.textContent.length);
        row.append(one);
      }
      table.append(row);
    }
    table.style.setProperty("--longest", longest); // all columns are as wide
    return el("div.scroll", table);
  };

  // ---- Heat map.

  const kColours = ["zero", "pos", "neg", "odd", "ink", "accent"];
  const palettes = new Map(); // of the light and of the dark mode; asking for a style costs a layout
  const palette = () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    if (!palettes.has(dark)) {
      const style = getComputedStyle(document.documentElement);
      const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
      const colours = kColours.map((name) => [name, rgb(style.getPropertyValue(`--heat-${name}`).trim())]);
      palettes.set(dark, Object.fromEntries(colours));
    }
    return palettes.get(dark);
  };
  const css = ([r, g, b], alpha = 1) => `rgba(${r},${g},${b},${alpha})`;

  const paintPixels = (m, colours) => {
    const image = new ImageData(m.cols, m.rows);
    for (let r = 0, k = 0; r < m.rows; r++) {
      for (let c = 0; c < m.cols; c++, k += 4) {
        const value = m.at(r, c);
        if (typeof value !== "number") continue; // stays transparent
        const finite = Number.isFinite(value);
        const full = !finite ? colours.odd : value > 0 ? colours.pos : colours.neg;
        const t = !finite ? 1 : m.scale > 0 ? Math.min(1, Math.abs(value) / m.scale) : 0;
        for (let i = 0; i < 3; i++) image.data[k + i] = colours.zero[i] + t * (full[i] - colours.zero[i]);
        image.data[k + 3] = 255;
      }
    }
    const canvas = el("canvas", { width: m.cols, height: m.rows });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

  const hatch = (context, x, y, size, colour) => {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, y + size);
    context.lineTo(x + size, y);
    context.stroke();
  };

  // "+" or "-" as lines, which stay sharp in small cells; "x" for what is not finite.
  const glyph = (context, m, r, c, size, colours) => {
    const value = m.at(r, c);
    if (typeof value !== "number" || !(Math.abs(value) > 0.15 * m.scale || Number.isNaN(value))) return;
    const x = (c + 0.5) * size;
    const y = (r + 0.5) * size;
    const arm = Math.min(size * 0.25, 3);
    const finite = Number.isFinite(value);
    context.strokeStyle = css(!finite || Math.abs(value) > 0.5 * m.scale ? colours.zero : colours.ink, 0.8);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x - arm, finite ? y : y - arm);
    context.lineTo(x + arm, finite ? y : y + arm);
    if (!finite || value > 0) {
      context.moveTo(finite ? x : x - arm, finite ? y - arm : y + arm);
      context.lineTo(finite ? x : x + arm, y - arm * (finite ? -1 : 1));
    }
    context.stroke();
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
        if (mark.includes("pad")) hatch(context, c * size, r * size, size, css(colours.ink, 0.35));
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
    return `row ${r + r0}, column ${c + c0}: ${typeof value === "number" ? Reel.format(value) : value || "padding"}`;
  };

  const placeOf = (m, canvas, event) => {
    const box = canvas.getBoundingClientRect();
    return [
      Math.floor(((event.clientY - box.top) / box.height) * m.rows),
      Math.floor(((event.clientX - box.left) / box.width) * m.cols),
    ];
  };

  const canvasOf = (m, w, h, ratio) =>
    el("canvas.heat", {
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
    });

  const listen = (m, canvas, output) => {
    canvas.addEventListener("mousemove", (event) => {
      const [r, c] = placeOf(m, canvas, event);
      if (inside(m, r, c)) output.textContent = readout(m, r, c);
    });
    if (!m.pick) return;
    const walk = onArrow(m, () => m.key);
    canvas.addEventListener("keydown", walk);
    canvas.addEventListener("click", (event) => {
      const [r, c] = placeOf(m, canvas, event);
      if (inside(m, r, c) && !classes(m, r, c).includes("pad")) m.pick(r, c);
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
    const canvas = canvasOf(m, w, h, ratio);
    const colours = palette();
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = false;
    context.drawImage(paintPixels(m, colours), 0, 0, w, h);
    if (h === m.rows * size) overlay(context, m, size, colours);
    const output = el("p.readout", captionOf(m));
    listen(m, canvas, output);
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
      at: (r, c) => (ui.hidden(node, gradient, place(r, c)) ? "?" : tensor.data[place(r, c)]),
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
