"use strict";
// The network as a picture: its layers as boxes from left to right, with their numbers. Where the page speaks of a
// gradient it shows the gradients, which flow from right to left.
{
  const { ui } = Reel;
  const { svg } = ui;

  let room = 0; // pixels of width that there are
  let startsFolded = true;

  // ---- What has happened.

  const isBackward = ({ kind }) => kind === "seed" || kind === "backward";
  const lastEvent = () => ui.trace.events[ui.state.time - 1];

  // The events that went along an arrow: of the gradients where these are shown, else the values behind it.
  const eventsAlong = (from, to) => {
    const { focus } = ui.state;
    const flows = ({ kind, op, node }) =>
      kind === "backward" ? to.includes(op) && from.includes(node) : kind === "forward" && to.includes(node);
    return ui.trace.events.flatMap((event, i) => (isBackward(event) === focus.gradient && flows(event) ? [i] : []));
  };

  const flowClass = (from, to) => {
    const events = eventsAlong(from, to);
    const done = events.length > 0 && events.some(ui.happened);
    const last = events.includes(ui.state.time - 1);
    return `${done ? "flows" : ""} ${last ? "last" : ""}`;
  };

  const kGradientText = {
    none: () => Reel.text("no gradient"),
    coming: () => Reel.text("gradient not yet computed"),
    part: () => Reel.text("gradient partly summed"),
    done: () => Reel.text("gradient computed"),
  };
  const gradientOf = (node) => {
    const events = ui.trace.gradEvents(node);
    const done = events.filter(ui.happened).length;
    if (events.length === 0) return "none";
    return done === 0 ? "coming" : done < events.length ? "part" : "done";
  };

  // ---- Picking.

  // A node that is picked once more turns from its value to its gradient and back.
  const pick = (node) => {
    const { focus } = ui.state;
    const gradient = gradientOf(node);
    if (focus.node === node) return ui.look(node, !focus.gradient && gradient !== "none", focus.element);
    return ui.look(node, focus.gradient && gradient === "done", 0);
  };

  // The card that an arrow key leads to: along an arrow of the picture, or to what lies above or below.
  const neighbour = ({ boxes }, box, card, key) => {
    const nearest = (cards) => cards.sort((a, b) => Math.abs(a.y - card.y) - Math.abs(b.y - card.y) || a.x - b.x)[0];
    if (key === "ArrowLeft") return nearest(box.inputs.map((input) => boxes[input].card));
    if (key === "ArrowRight") {
      return nearest(boxes.filter(({ inputs }) => inputs.includes(boxes.indexOf(box))).map((reader) => reader.card));
    }
    const column = boxes
      .filter((other) => other.column === box.column)
      .flatMap((other) => [other.card, ...other.hanging]);
    return nearest(column.filter(({ y }) => (key === "ArrowUp" ? y < card.y : y > card.y)));
  };

  const onKey = (layout, box, card) => (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    ui.onPress(() => pick(card.node))(event);
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const next = neighbour(layout, box, card, event.key);
    if (!next) return;
    ui.nextKey = next.key;
    pick(next.node);
  };

  // ---- Cards.

  const labelOf = ({ name, op, shape }, value, gradient) =>
    Reel.text(
      value ? "{0}: {1} {2}, value computed, {3}" : "{0}: {1} {2}, value not yet computed, {3}",
      name,
      op,
      ui.shapeText(shape),
      kGradientText[gradient](),
    );

  const classOf = (card, nodes) => {
    const { focus } = ui.state;
    const last = lastEvent();
    const happened = last && nodes.includes(last.node) && isBackward(last) === focus.gradient;
    return [
      ui.trace.nodes[card.node].inputs.length ? "card op" : "card leaf",
      ui.happened(ui.trace.valueEvent(card.node)) && !card.awaits ? "" : "not-yet",
      nodes.includes(focus.node) ? "focus" : "",
      card.gradient ? "gradient" : "",
      happened ? "last" : "",
    ]
      .join(" ")
      .trim();
  };

  const fold = (id) => ui.update({ collapsed: ui.toggled(ui.state.collapsed, id) });

  // The name of a layer, which folds and unfolds it.
  const foldButton = ({ id, name, folded }, x, y, text) => {
    const act = (event) => {
      event.stopPropagation();
      fold(id);
    };
    const label = Reel.text(folded ? "unfold the layer {0}" : "fold the layer {0}", name);
    const attributes = { tabindex: 0, role: "button", "aria-expanded": String(!folded), "aria-label": label };
    return svg(
      "g.fold",
      { ...attributes, "data-key": `fold-${id}`, onclick: act, onkeydown: ui.onPress(act) },
      svg("title", label),
      svg("rect", { x: x - 3, y: y - 13, width: text.length * 6.9 + 20, height: 18, rx: 4 }),
      svg("text", { x, y }, `${folded ? "▸" : "▾"} ${text}`),
    );
  };

  const nameOf = ({ x, y, width, title, beside }) => {
    const place = beside ? { x: x + 7, class: "name" } : { x: x + width / 2, class: "name middle" };
    return svg("text", { ...place, y: y + 14 }, title);
  };

  const pictureOf = ({ x, y, width, height, picture, beside, top }) => {
    if (!picture) return null;
    const at = beside
      ? [x + width - 6 - picture.width, y + (height - picture.height) / 2]
      : [x + (width - picture.width) / 2, y + top];
    return svg("g.picture", picture.draw(...at));
  };

  // What a card shows: the name of a folded layer is a button of its own.
  const faceOf = (card) => [
    !card.scope && nameOf(card),
    card.op && svg("text", { x: card.x + card.width / 2, y: card.y + 28, class: "op middle" }, card.op),
    pictureOf(card),
  ];

  // Where several ops add to a gradient.
  const plus = ({ node, gradient, awaits, x, y, width, height }, hangs) => {
    const count = ui.trace.gradEvents(node).length;
    if (count < 2 || !(gradient || awaits)) return null;
    const [cx, cy] = [x + width, hangs ? y + 8 : y + height / 2];
    return svg(
      `g.plus.${gradientOf(node)}`,
      svg("title", Reel.text("{0} is the sum of {1} contributions", ui.nameOf(node, true), count)),
      svg("circle", { cx, cy, r: 8 }),
      svg("path", { d: `M${cx - 4} ${cy}h8M${cx} ${cy - 4}v8` }),
    );
  };

  // The frame is the button; what stands on it is there for the eye.
  const frameOf = (layout, box, card, nodes) => {
    const node = ui.trace.nodes[card.node];
    const label = labelOf(node, ui.happened(ui.trace.valueEvent(card.node)), gradientOf(card.node));
    const { x, y, width, height } = card;
    return svg(
      "rect.frame",
      {
        ...{ x, y, width, height, rx: 7 },
        tabindex: nodes.includes(ui.state.focus.node) ? 0 : -1,
        role: "button",
        "aria-label": label,
        "data-key": card.key,
        onclick: () => pick(card.node),
        onkeydown: onKey(layout, box, card),
      },
      svg("title", node.where ? `${label}\n${node.where}` : label),
    );
  };

  const drawCard = (layout, box, card) => {
    const hangs = card !== box.card;
    const nodes = hangs ? [card.node] : box.nodes;
    return svg(
      "g",
      { class: classOf(card, nodes) },
      frameOf(layout, box, card, nodes),
      svg("g.face", { "aria-hidden": "true" }, faceOf(card)),
      card.scope && foldButton(card.scope, card.x + 7, card.y + 14, card.title),
      plus(card, hangs),
    );
  };

  // ---- Arrows, which point where the numbers flow to.

  const head = ([x, y], backward) => {
    const along = backward ? 7 : -7;
    return svg("path.head", { d: `M${x} ${y}l${along} -4v8z` });
  };

  const drawEdge = ({ boxes }, { from, to, path, start, end, middle }) => {
    const backward = ui.state.focus.gradient;
    return svg(
      "g",
      { class: `edge ${backward ? "backward" : ""} ${flowClass(boxes[from].nodes, boxes[to].nodes)}` },
      svg("path.line", { d: path }),
      head(backward ? start : end, backward),
      middle && head(middle, backward),
    );
  };

  const drawThreads = (box) =>
    box.hanging.map((card, i) => {
      const above = i ? box.hanging[i - 1] : box.card;
      const x = card.x + card.width / 2;
      return svg(
        "g",
        { class: `edge ${flowClass([card.node], box.nodes)}` },
        svg("path.line", { d: `M${x} ${above.y + above.height}V${card.y}` }),
      );
    });

  const drawFrame = ({ scope, x, y, width, height }) => [
    svg("rect.scope", { x, y, width, height, rx: 10 }),
    foldButton(scope, x + 8, y + 14, scope.name),
  ];

  // ---- The panel.

  const picture = (layout) => {
    const { margin } = layout;
    const width = Math.floor(layout.width + 2 * margin);
    const height = Math.ceil(layout.height + 2);
    const viewBox = `${-margin} -1 ${width} ${height}`;
    return svg(
      "svg.network",
      {
        viewBox,
        width: width * ui.zoom(),
        height: height * ui.zoom(),
        style: { "--natural": `${width}px` },
        role: "group",
        "aria-label": Reel.text("the network: arrow keys walk along its arrows"),
      },
      layout.frames.map(drawFrame),
      layout.edges.map((edge) => drawEdge(layout, edge)),
      layout.boxes.map(drawThreads),
      layout.boxes.flatMap((box) => [box.card, ...box.hanging].map((card) => drawCard(layout, box, card))),
    );
  };

  // Scrolls as little as shows what is looked at.
  const reveal = (frame) => {
    const card = frame.querySelector("g.focus")?.getBoundingClientRect();
    if (!card) return;
    const { top, bottom, left, right } = frame.getBoundingClientRect();
    const by = (low, high, from, to) => (low < from ? low - from : high > to ? high - to : 0);
    frame.scrollBy(by(card.left - 24, card.right + 24, left, right), by(card.top - 8, card.bottom + 8, top, bottom));
  };

  const draw = (state, body) => {
    if (!room) room = body.clientWidth;
    const units = Math.floor(room / ui.zoom());
    if (startsFolded) state.collapsed = Reel.foldToFit(ui.trace.nodes, Math.floor(units / ui.kColumnWidth));
    startsFolded = false;
    const [x, y] = [
      body.querySelector(".network-frame")?.scrollLeft ?? 0,
      body.querySelector(".network-frame")?.scrollTop ?? 0,
    ];
    const frame = ui.el("div.network-frame", picture(ui.networkLayout(state.collapsed, units)));
    body.replaceChildren(frame);
    frame.scrollTo(x, y);
    reveal(frame);
  };

  const shown = ({ time, focus, collapsed, predict, solved }) => [
    time,
    focus.node,
    focus.gradient,
    collapsed,
    predict && [focus.element, solved],
    room,
  ];
  ui.panel("panel-network", shown, draw);

  // Hidden it has no width, and stays as it is; before the first drawing there is nothing to do.
  new ResizeObserver(([{ target }]) => {
    if (room === 0 || target.clientWidth === 0 || target.clientWidth === room) return;
    room = target.clientWidth;
    ui.draw();
  }).observe(document.querySelector("#panel-network .body"));
}
