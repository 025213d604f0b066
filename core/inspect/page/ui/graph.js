"use strict";
// The program in the order of its tape: a row for each node, a line from each input to the op that reads it.
// Layers fold.
{
  const { ui } = Reel;
  const { svg } = ui;
  const kRow = 38;
  const kLane = 9;
  const kIndent = 12;
  const kWidth = 300;
  const kMaxLanes = 7;

  // ---- Rows: nodes, and a heading for each scope of several nodes that follow one another.

  const scopeParts = (node) => (node.scope ? node.scope.split(".") : []);

  // Nodes `from` to `to` - 1, which share the first `depth` parts of their scopes.
  const rowsOf = (nodes, from, to, depth) => {
    const rows = [];
    for (let i = from; i < to;) {
      const part = scopeParts(nodes[i])[depth];
      let end = i + 1;
      while (part !== undefined && end < to && scopeParts(nodes[end])[depth] === part) end++;
      if (end - i < 2) {
        rows.push({ nodes: [i], depth });
      } else {
        const scope = scopeParts(nodes[i])
          .slice(0, depth + 1)
          .join(".");
        const id = `${scope}@${i}`;
        const folded = ui.state.collapsed.has(id);
        const members = Array.from({ length: end - i }, (_, k) => i + k);
        rows.push({ scope, id, folded, depth, nodes: folded ? members : [], members });
        if (!folded) rows.push(...rowsOf(nodes, i, end, depth + 1));
      }
      i = end;
    }
    return rows;
  };

  // ---- Lines: each source has a lane of its own from its row down to its last reader.

  const edgesOf = (rows) => {
    const rowOf = new Map(rows.flatMap((row, r) => row.nodes.map((node) => [node, r])));
    const readers = rows.map(() => new Set());
    ui.trace.nodes.forEach(({ inputs }, i) => inputs.forEach((input) => readers[rowOf.get(input)].add(rowOf.get(i))));
    readers.forEach((to, from) => to.delete(from)); // within a folded layer
    return readers.flatMap((to, from) => (to.size ? [{ from, to: [...to] }] : []));
  };

  const giveLanes = (edges) => {
    const until = []; // the row where each lane is free again
    for (const edge of edges) {
      let lane = until.findIndex((row) => row <= edge.from);
      if (lane < 0) lane = until.length;
      until[lane] = edge.to.at(-1);
      edge.lane = lane;
    }
    return until.length;
  };

  const line = (edge, left, active) => {
    const x = left - 5 - (Math.min(edge.lane, kMaxLanes - 1) + 1) * kLane;
    const y = (row) => row * kRow + kRow / 2;
    const last = y(edge.to.at(-1));
    const path =
      `M${left} ${y(edge.from)}H${x + 5}Q${x} ${y(edge.from)} ${x} ${y(edge.from) + 5}V${last - 5}` +
      edge.to.map((row) => `M${x} ${y(row) - 5}Q${x} ${y(row)} ${x + 5} ${y(row)}H${left - 1}`).join("");
    return svg("path", { d: path, class: active ? "edge active" : "edge" });
  };

  // ---- Boxes.

  const clipped = (text, width, size) => {
    const fits = Math.floor(width / (size * 0.58));
    return text.length <= fits ? text : `${text.slice(0, Math.max(1, fits - 1))}…`;
  };

  const gradientOf = (node) => {
    const events = ui.trace.gradEvents(node);
    const done = events.filter(ui.happened).length;
    if (events.length === 0) return "none";
    return done === 0 ? "coming" : done < events.length ? "part" : "done";
  };
  const kGradientText = {
    none: "no gradient",
    coming: "gradient not yet computed",
    part: "gradient partly summed",
    done: "gradient computed",
  };

  // A row's box with its texts, which acts on a click and on Enter.
  const box = (row, y, left, act, attributes, title, ...texts) => {
    const x = left + row.depth * kIndent;
    const onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    };
    return svg(
      "g",
      { tabindex: 0, role: "button", onclick: act, onkeydown, ...attributes },
      title && svg("title", title),
      svg("rect", { x, y: y + 3, width: kWidth - x - 1, height: kRow - 6, rx: 6 }),
      texts.map(([along, down, kind, text]) => svg("text", { x: along, y: y + down, class: kind }, text)),
    );
  };

  const classOf = (node, value) => {
    const kind = ui.trace.nodes[node].inputs.length ? "op" : "leaf";
    const last = ui.trace.events[ui.state.time - 1]?.node === node ? "last" : "";
    return `node ${kind} ${value ? "" : "not-yet"} ${ui.state.focus.node === node ? "focus" : ""} ${last}`;
  };

  const labelOf = (node, value, gradient) =>
    `${node.name}: ${node.op} ${ui.shapeText(node.shape)}, value ${value ? "" : "not yet "}computed, ` +
    kGradientText[gradient];

  // A node that is picked once more turns from its value to its gradient and back.
  const pick = (node, gradient) => {
    const { focus } = ui.state;
    if (focus.node === node) return ui.look(node, !focus.gradient && gradient !== "none", focus.element);
    return ui.look(node, focus.gradient && gradient === "done", 0);
  };

  const nodeBox = (row, y, left) => {
    const i = row.nodes[0];
    const node = ui.trace.nodes[i];
    const value = ui.happened(ui.trace.valueEvent(i));
    const gradient = gradientOf(i);
    const x = left + row.depth * kIndent;
    const width = kWidth - x - 1;
    const label = labelOf(node, value, gradient);
    const marks = [[kWidth - 38, 18, `mark ${value ? "on" : ""}`, value ? "●" : "○"]];
    if (gradient !== "none") marks.push([kWidth - 20, 18, `mark ${gradient}`, gradient === "done" ? "▼" : "▽"]);
    return box(
      row,
      y,
      left,
      () => pick(i, gradient),
      { class: classOf(i, value), "data-key": `graph-${i}`, "aria-label": label },
      `${label}${node.where ? `\n${node.where}` : ""}`,
      [x + 10, 17, "name", clipped(node.name, width - 62, 13)],
      [x + 10, 29, "op", clipped(`${node.op}  ${ui.shapeText(node.shape)}`, width - 20, 10.5)],
      ...marks,
    );
  };

  const scopeBox = (row, y, left) => {
    const { id, folded, members, scope } = row;
    const x = left + row.depth * kIndent;
    const has = members.includes(ui.state.focus.node);
    const middle = kRow / 2 + 4;
    return box(
      row,
      y,
      left,
      () => ui.update({ collapsed: ui.toggled(ui.state.collapsed, id) }),
      {
        class: `scope ${folded ? "folded" : ""} ${folded && has ? "focus" : ""}`,
        "data-key": `scope-${id}`,
        "aria-expanded": String(!folded),
        "aria-label": `layer ${scope}`,
      },
      null,
      [x + 9, middle, null, `${folded ? "▸" : "▾"} ${clipped(scope, kWidth - x - 90, 13)}`],
      [kWidth - 10, middle, "count", `${members.length} nodes`],
    );
  };

  const touches = (edge, rows) => [edge.from, ...edge.to].some((row) => rows[row].nodes.includes(ui.state.focus.node));

  const foldAll = (rows) => {
    const scopes = rows.flatMap((row) => row.id ?? []);
    if (!scopes.length) return "";
    const folded = ui.state.collapsed.size > 0;
    const fold = () => ui.update({ collapsed: new Set(folded ? [] : scopes) });
    return ui.button(folded ? "Unfold layers" : "Fold layers", fold, { class: "quiet", "data-key": "fold-all" });
  };

  // Scrolls as little as shows the tensor that is looked at.
  const reveal = (frame) => {
    const box = frame.querySelector("g.focus")?.getBoundingClientRect();
    if (!box) return;
    const { top, bottom } = frame.getBoundingClientRect();
    if (box.top < top) frame.scrollTop -= top - box.top;
    else if (box.bottom > bottom) frame.scrollTop += box.bottom - bottom;
  };

  const draw = (state, body) => {
    const rows = rowsOf(ui.trace.nodes, 0, ui.trace.nodes.length, 0);
    const edges = edgesOf(rows);
    const left = 8 + Math.min(giveLanes(edges), kMaxLanes) * kLane;
    const height = rows.length * kRow;
    const scroll = body.querySelector(".graph-frame")?.scrollTop || 0;
    const frame = ui.el(
      "div.graph-frame",
      svg(
        "svg.graph",
        { viewBox: `0 0 ${kWidth} ${height}`, role: "group", "aria-label": "nodes of the tape in their order" },
        edges.map((edge) => line(edge, left, touches(edge, rows))),
        rows.map((row, r) => (row.id ? scopeBox : nodeBox)(row, r * kRow, left)),
      ),
    );
    body.replaceChildren(
      foldAll(rows),
      frame,
      ui.note("● value computed, ○ not yet. ▼ gradient computed, ▽ not yet or in part."),
    );
    frame.scrollTop = scroll;
    reveal(frame);
  };

  const shown = ({ time, focus, collapsed }) => [time, focus.node, focus.gradient, collapsed];
  ui.panel("panel-graph", shown, draw);
}
