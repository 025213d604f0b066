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
    const rowOf = new Map();
    rows.forEach((row, r) => row.nodes.forEach((node) => rowOf.set(node, r)));
    const edges = new Map(); // source row -> rows that read it
    ui.trace.nodes.forEach((node, i) => {
      for (const input of node.inputs) {
        const from = rowOf.get(input);
        const to = rowOf.get(i);
        if (from === to) continue;
        if (!edges.has(from)) edges.set(from, new Set());
        edges.get(from).add(to);
      }
    });
    return [...edges]
      .map(([from, to]) => ({ from, to: [...to].sort((a, b) => a - b) }))
      .sort((a, b) => a.from - b.from);
  };

  const giveLanes = (edges) => {
    const until = []; // the row where each lane is free again
    for (const edge of edges) {
      let lane = until.findIndex((row) => row <= edge.from);
      if (lane < 0) lane = until.length;
      until[lane] = edge.to[edge.to.length - 1];
      edge.lane = lane;
    }
    return until.length;
  };

  const line = (edge, left, active) => {
    const x = left - 5 - (Math.min(edge.lane, kMaxLanes - 1) + 1) * kLane;
    const y = (row) => row * kRow + kRow / 2;
    const last = y(edge.to[edge.to.length - 1]);
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

  const state = (node) => {
    const value = ui.happened(ui.trace.valueEvent(node));
    const events = ui.trace.gradEvents(node);
    const done = events.filter(ui.happened).length;
    return {
      value,
      gradient: events.length === 0 ? "none" : done === 0 ? "coming" : done < events.length ? "part" : "done",
    };
  };
  const kGradientText = {
    none: "no gradient",
    coming: "gradient not yet computed",
    part: "gradient partly summed",
    done: "gradient computed",
  };

  const activate = (act) => ({
    tabindex: 0,
    role: "button",
    onclick: act,
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    },
  });

  const lastEvent = () => (ui.state.time > 0 ? ui.trace.events[ui.state.time - 1] : null);

  const classOf = (node, value) => {
    const kind = ui.trace.nodes[node].inputs.length ? "op" : "leaf";
    const last = lastEvent()?.node === node ? "last" : "";
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
    const { value, gradient } = state(i);
    const x = left + row.depth * kIndent;
    const width = kWidth - x - 1;
    const label = labelOf(node, value, gradient);
    return svg(
      "g",
      {
        class: classOf(i, value),
        "data-key": `graph-${i}`,
        "aria-label": label,
        ...activate(() => pick(i, gradient)),
      },
      svg("title", `${label}${node.where ? `\n${node.where}` : ""}`),
      svg("rect", { x, y: y + 3, width, height: kRow - 6, rx: 6 }),
      svg("text", { x: x + 10, y: y + 17, class: "name" }, clipped(node.name, width - 62, 13)),
      svg(
        "text",
        { x: x + 10, y: y + 29, class: "op" },
        clipped(`${node.op}  ${ui.shapeText(node.shape)}`, width - 20, 10.5),
      ),
      svg("text", { x: kWidth - 38, y: y + 18, class: `mark ${value ? "on" : ""}` }, value ? "●" : "○"),
      gradient !== "none" &&
        svg("text", { x: kWidth - 20, y: y + 18, class: `mark ${gradient}` }, gradient === "done" ? "▼" : "▽"),
    );
  };

  const scopeBox = (row, y, left) => {
    const x = left + row.depth * kIndent;
    const toggle = () => ui.update({ collapsed: ui.toggled(ui.state.collapsed, row.id) });
    const has = row.members.includes(ui.state.focus.node);
    return svg(
      "g",
      {
        class: `scope ${row.folded ? "folded" : ""} ${row.folded && has ? "focus" : ""}`,
        "data-key": `scope-${row.id}`,
        "aria-expanded": String(!row.folded),
        "aria-label": `layer ${row.scope}`,
        ...activate(toggle),
      },
      svg("rect", { x, y: y + 3, width: kWidth - x - 1, height: kRow - 6, rx: 6 }),
      svg(
        "text",
        { x: x + 9, y: y + kRow / 2 + 4 },
        `${row.folded ? "▸" : "▾"} ${clipped(row.scope, kWidth - x - 90, 13)}`,
      ),
      svg("text", { x: kWidth - 10, y: y + kRow / 2 + 4, class: "count" }, `${row.members.length} nodes`),
    );
  };

  const touches = (edge, rows) => {
    const node = ui.state.focus.node;
    return rows[edge.from].nodes.includes(node) || edge.to.some((row) => rows[row].nodes.includes(node));
  };

  const scopes = (rows) => rows.filter((row) => row.id).map((row) => row.id);

  const foldAll = (rows) => {
    if (!scopes(rows).length) return null;
    const folded = ui.state.collapsed.size > 0;
    return ui.button(
      folded ? "Unfold layers" : "Fold layers",
      () => ui.update({ collapsed: folded ? new Set() : new Set(scopes(rows)) }),
      { class: "quiet", "data-key": "fold-all" },
    );
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
        "svg",
        {
          viewBox: `0 0 ${kWidth} ${height}`,
          class: "graph",
          role: "group",
          "aria-label": "nodes of the tape in their order",
        },
        edges.map((edge) => line(edge, left, touches(edge, rows))),
        rows.map((row, r) => (row.id ? scopeBox : nodeBox)(row, r * kRow, left)),
      ),
    );
    body.replaceChildren(
      foldAll(rows) || "",
      frame,
      ui.note("● value computed, ○ not yet. ▼ gradient computed, ▽ not yet or in part."),
    );
    frame.scrollTop = scroll;
    reveal(frame);
  };

  const shown = ({ time, focus, collapsed }) => [time, focus.node, focus.gradient, collapsed];
  ui.panel("panel-graph", shown, draw);
}
