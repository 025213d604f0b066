"use strict";
// A matrix on the page: numbers where it is small, else a heat map. Arrow keys walk over it; a click, the walk or a
// drag picks.
{
  const { ui } = Reel;
  const { el } = ui;
  const kNumbers = 16; // up to so many rows and columns are numbers, where a grid's `limit` says nothing else

  // m: {key, rows, cols, at(r,c), number(r,c), scale, label, title, picked, pick(r,c), drag(r,c), walk(step), mark(r,c),
  // frame, origin, width, height, limit, thumb, border, digits}; `border` rows or columns, as padding, do not count for
  // the kind.
  const inside = (m, r, c) => r >= 0 && c >= 0 && r < m.rows && c < m.cols;

  /// The classes of a cell, and whether it is padding.
  ui.marksOf = (m, r, c) => (m.mark ? m.mark(r, c) : "");
  ui.isPad = (m, r, c) => /\bpad\b/.test(ui.marksOf(m, r, c));

  /// All [row, column] in their order.
  ui.cells = (rows, cols) => Array.from({ length: rows * cols }, (_, i) => Reel.index([rows, cols], i));

  // ---- The keyboard and the pointer.

  const kSteps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const keyOf = (m, r, c) => `${m.key}:${r},${c}`;

  // The cell that the keyboard comes to first: the picked one, else the first that is not padding.
  const firstCell = (m) => {
    if (m.picked && !ui.isPad(m, ...m.picked)) return m.picked;
    return ui.cells(m.rows, m.cols).find(([r, c]) => !ui.isPad(m, r, c)) || [0, 0];
  };

  /// What an arrow key does in a grid; focusKey(m, r, c) is what has the keyboard afterwards.
  ui.walksOver = (m, focusKey) => (event) => {
    const step = kSteps[event.key];
    if (!step || !(m.pick || m.walk) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (m.walk) return m.walk(step);
    let [r, c] = firstCell(m);
    do {
      r += step[0];
      c += step[1];
    } while (inside(m, r, c) && ui.isPad(m, r, c));
    if (!inside(m, r, c)) return;
    ui.nextKey = focusKey(m, r, c);
    m.pick(r, c);
  };

  // What was pressed is drawn anew on the way, so it is found by its key: {key, move} while a hand holds it.
  let hold = null;
  const held = () => hold && document.querySelector(`[data-key="${CSS.escape(hold.key)}"]`);
  document.addEventListener("pointermove", ({ clientX, clientY }) => {
    const currentTarget = held();
    if (currentTarget) hold.move({ clientX, clientY, currentTarget });
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      held()?.focus({ preventScroll: true }); // the arrow keys go on from there
      hold = null;
    });
  }

  /// Listeners of what is dragged: `move` gets the places of the pointer, and the element that it is dragged over.
  ui.dragging = (move) => ({
    onpointerdown: (event) => {
      event.preventDefault();
      hold = { key: event.currentTarget.dataset.key, move };
      move(event);
    },
  });

  /// In full, and what it was before a change.
  ui.titleOf = (m, r, c, value) => {
    const was = m.number ? ui.was(m.number(r, c)) : null;
    return was === null ? Reel.format(value) : Reel.text("{0}, was {1}", Reel.format(value), Reel.format(was));
  };

  // ---- Numbers.

  // Of a grid with few `digits`, the power of ten that its numbers are written in: 0 where they are of usual size.
  const powerOf = ({ digits, scale }) => {
    const power = Math.floor(Math.log10(scale));
    return digits && scale > 0 && scale < Infinity && (power < -1 || power > 4) ? power : 0;
  };

  const cellText = (m, value) => {
    if (typeof value !== "number") return value ?? "";
    if (!m.digits || Number.isInteger(value) || !Number.isFinite(value)) return ui.brief(value);
    const power = powerOf(m);
    const decimals = m.digits - 1 - (power ? 0 : Math.round(Math.log10(m.scale)));
    return Reel.format(Number((value / 10 ** power).toFixed(Math.max(0, decimals))));
  };

  const cell = (m, r, c, [firstRow, firstColumn]) => {
    const value = m.at(r, c);
    const number = typeof value === "number";
    const picked = m.picked && m.picked[0] === r && m.picked[1] === c;
    const picks = m.pick && !ui.isPad(m, r, c);
    const pick = () => {
      ui.nextKey = keyOf(m, r, c);
      m.pick(r, c);
    };
    return el(
      "td",
      {
        class: [number ? ui.signOf(value) : "", ui.marksOf(m, r, c), picked ? "picked" : ""].join(" ").trim(),
        style: { "--m": (number ? ui.strengthOf(value, m.scale) : 0).toFixed(3) },
        role: m.pick ? "gridcell" : null,
        "data-key": m.pick ? keyOf(m, r, c) : null,
        "data-number": picks && m.number ? ui.focusKey(m.number(r, c)) : null,
        tabindex: picks ? (r === firstRow && c === firstColumn ? 0 : -1) : null,
        "aria-selected": m.pick && picked ? "true" : null,
        onclick: picks && !m.drag && pick,
        title: number ? ui.titleOf(m, r, c, value) : null,
      },
      cellText(m, value),
    );
  };

  // The cell of a table that a point lies in, the nearest where it lies outside.
  const cellAt = ({ currentTarget, clientX, clientY }, m) => {
    const nearest = (at, parts, end) => {
      const found = parts.findIndex((part) => at < part.getBoundingClientRect()[end]);
      return found < 0 ? parts.length - 1 : found;
    };
    const r = nearest(clientY, [...currentTarget.rows], "bottom");
    return [r, nearest(clientX, [...currentTarget.rows[r].cells], "right")];
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
      onkeydown: ui.walksOver(m, keyOf),
      tabindex: m.walk ? 0 : null,
      "data-key": m.drag ? m.key : null,
      ...(m.drag && ui.dragging((event) => m.drag(...cellAt(event, m)))),
    };
    return el("div.scroll", el(m.drag ? "table.numbers.dragged" : "table.numbers", attributes, rows));
  };

  // ---- Figures.

  /// A grid with a line above it: its title or its label, and the power of ten that its numbers are written in.
  ui.figure = (m) => {
    const size = Math.max(m.rows, m.cols) - (m.border ?? 0);
    const title = m.title ?? m.label;
    if (size > (m.limit ?? kNumbers)) return ui.captioned(title, ui.heatMap(m));
    const power = powerOf(m);
    return ui.captioned(power ? [title, " · 10", el("sup", power)] : title, numbers(m));
  };

  /// "dx[0,1]", or of a gradient that several ops add to "added to dx[0,1]": each of them is shown for itself.
  ui.addedTo = (node, gradient, label) =>
    gradient && ui.trace.gradEvents(node).length > 1 ? Reel.text("added to {0}", label) : label;

  /// Numbers of a tensor as a grid that picks them: at (r, c) stands element place(r, c); with an `event` what that one
  /// made of them.
  ui.tensorGrid = (node, gradient, [rows, cols], place, { event, ...more } = {}) => {
    const { data } = event === undefined ? ui.tensor(node, gradient) : ui.trace.made(event);
    const label = more.label ?? ui.nameOf(node, gradient);
    return {
      rows,
      cols,
      scale: ui.scale({ data }),
      label,
      title: event === undefined ? undefined : ui.addedTo(node, gradient, label),
      at: (r, c) => (ui.hidden({ node, gradient, element: place(r, c) }) ? "?" : data[place(r, c)]),
      number: event === undefined ? (r, c) => ({ node, gradient, element: place(r, c) }) : undefined,
      pick: (r, c) => ui.look(node, gradient, place(r, c)),
      ...more,
    };
  };

  /// Figures side by side with signs between them.
  ui.joined = (signs, figures, ...more) =>
    el(
      "div.figures",
      figures.map((figure, i) =>
        el("div.joined", signs[i] && el("span.joint", { "aria-hidden": "true" }, signs[i]), figure),
      ),
      more,
    );
}
