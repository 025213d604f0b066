"use strict";
// Where the boxes and arrows of the network lie, in pixels: columns as wide as their widest card, lanes as high as
// their highest.
{
  const { ui } = Reel;
  const kSides = { box: 50, few: 72, hanging: 38, beside: 24 }; // of pictures; in a box the larger where boxes are few
  const kFew = 6; // columns
  const kLetter = 7.4; // width of one of a name, and of an op
  const kOpLetter = 6.6;
  const kTitle = 19;
  const kOp = 14;
  const kPad = 6;
  const kNarrowest = 56;
  const kLongest = 14; // letters of a name
  const kGap = [16, 64]; // between columns
  const kDrop = 9; // from a box to what hangs there
  const kLaneGap = 14;
  const kPath = 12; // height of a lane of arrows alone
  const kFrame = 20; // a layer's name
  const kMargin = 2; // around boxes, and where they stand in frames
  const kFramedMargin = 20;
  const kLanesOfPictures = 2; // with more, boxes have names alone

  ui.kColumnWidth = kNarrowest + 36; // what a column is likely to take

  const clipped = (text) => (text.length <= kLongest ? text : `${text.slice(0, kLongest - 1)}…`);

  // Whether a card shows its gradient, has one to come, or has none to show.
  const shownOf = (node) => {
    const { focus } = ui.state;
    const hasGradient = ui.trace.gradEvents(node).length > 0;
    const gradient = focus.gradient && hasGradient && ui.tensor(node, true) !== null;
    return { gradient, awaits: focus.gradient && hasGradient && !gradient };
  };

  const isList = (node) => ui.layout(ui.trace.nodes[node].shape).rows === 1;

  // What a card keeps free for its picture at any time: the gradient's numbers may be wider than those of the value.
  const roomOf = (node, side) => {
    const { value, grad } = ui.trace.nodes[node];
    const pictures = [value, grad].flatMap((tensor) => (tensor && ui.thumbnail(tensor, side)) ?? []);
    const largest = (size) => Math.max(0, ...pictures.map((picture) => picture[size]));
    return { width: largest("width"), height: largest("height") };
  };

  const pictureOf = (node, gradient, side, room) => {
    const tensor = ui.tensor(node, gradient);
    return tensor && ui.thumbnail(tensor, side, room, (element) => ui.hidden({ node, gradient, element }));
  };

  // A card: a name, its op where the name is another, and a picture below, or beside the name.
  const cardOf = (node, name, op, side, scope = null) => {
    const shown = shownOf(node);
    const own = name === ui.nameOf(node) && !Reel.isCounted(name, ui.trace.nodes[node].op); // what one types
    const title = clipped(shown.gradient && own ? ui.nameOf(node, true) : name);
    const head = Math.min(kLongest, name.length + (own ? 1 : 0)) * kLetter + (scope ? 16 : 0);
    const words = Math.max(head, op.length * kOpLetter);
    const beside = side === kSides.beside || (side === kSides.hanging && isList(node));
    const fits = beside ? kSides.beside : side;
    const room = fits > 0 ? roomOf(node, fits) : { width: 0, height: 0 };
    const picture = fits > 0 ? pictureOf(node, shown.gradient, fits, room) : null;
    const inner = beside && room.width ? head + 6 + room.width : Math.max(words, room.width);
    const top = kTitle + (op ? kOp : 0);
    const below = room.height && !beside ? room.height + 3 : 0;
    return {
      ...shown,
      node,
      title,
      op,
      scope,
      picture,
      beside,
      top,
      width: Math.max(side === kSides.hanging || beside ? 0 : kNarrowest, inner + 2 * kPad),
      height: Math.max(top + below, beside ? room.height + 4 : 0) + (below ? kPad : 5),
    };
  };

  const boxCard = (box, side) => {
    const { op, inputs } = ui.trace.nodes[box.node];
    const said = box.scope || !inputs.length || op === box.name ? "" : clipped(op);
    const single = Reel.numel(ui.trace.nodes[box.node].shape) === 1;
    return cardOf(box.node, box.name, said, single ? kSides.box : side, box.scope);
  };

  const hangingCard = (node, side) => cardOf(node, Reel.shortName(ui.trace.nodes[node]), "", side);

  // ---- Columns and lanes.

  const stacked = (hangs) => hangs.reduce((sum, { height }) => sum + height + kDrop, 0);

  // Left sides of the columns, spread over the room there is.
  const columnsOf = (boxes, room) => {
    const widths = [];
    for (const { column, card, hanging } of boxes) {
      widths[column] = Math.max(widths[column] ?? 0, card.width, ...hanging.map(({ width }) => width));
    }
    const total = widths.reduce((sum, width) => sum + width, 0);
    const gap = Math.max(kGap[0], Math.min(kGap[1], (room - total) / Math.max(1, widths.length - 1)));
    const lefts = [0];
    widths.forEach((width, column) => lefts.push(lefts[column] + width + gap));
    return { widths, lefts, gap, width: lefts.at(-1) - gap };
  };

  // The height of each lane's axis, on which the boxes and arrows are centred.
  const axesOf = (boxes, edges, nested) => {
    const count = 1 + Math.max(...boxes.map(({ lane }) => lane), ...edges.map(({ lane }) => lane ?? 0));
    const axes = [];
    let y = 0;
    for (let lane = 0; lane < count; lane++) {
      const own = boxes.filter((box) => box.lane === lane);
      const above = Math.max(kPath / 2, ...own.map(({ card }) => card.height / 2));
      const below = Math.max(kPath / 2, ...own.map(({ card, hanging }) => card.height / 2 + stacked(hanging)));
      y += (own.length ? nested * kFrame : 0) + above;
      axes.push(y);
      y += below + kLaneGap;
    }
    return { axes, height: y - kLaneGap + (nested ? 6 * nested : 1) };
  };

  const placeCards = (box, { widths, lefts }, axes) => {
    const middle = lefts[box.column] + widths[box.column] / 2;
    const put = (card, y) => Object.assign(card, { x: middle - card.width / 2, y });
    put(box.card, axes[box.lane] - box.card.height / 2);
    let y = box.card.y + box.card.height + kDrop;
    for (const card of box.hanging) {
      put(card, y);
      y += card.height + kDrop;
    }
  };

  // ---- Arrows: from the right of a box to the left of another; one that passes columns goes along its lane.

  const curve = (x0, y0, x1, y1) => `C${(x0 + x1) / 2} ${y0} ${(x0 + x1) / 2} ${y1} ${x1} ${y1}`;

  const pathOf = ({ from, to, lane }, boxes, columns, axes) => {
    const [a, b] = [boxes[from], boxes[to]];
    const start = [a.card.x + a.card.width, axes[a.lane]];
    const end = [b.card.x, axes[b.lane]];
    const path = `M${start.join(" ")}`;
    if (lane === null) return { start, end, path: path + curve(...start, ...end) };
    const [first, last] = [columns.lefts[a.column + 1], columns.lefts[b.column] - columns.gap];
    const y = axes[lane];
    return {
      start,
      end,
      middle: [(first + last) / 2, y],
      path: `${path}${curve(...start, first, y)}H${last}${curve(last, y, ...end)}`,
    };
  };

  // ---- Frames of layers that are unfolded.

  const frameOf = (scope, scopes, boxes) => {
    const inside = (card) => card.node >= scope.from && card.node < scope.to;
    const cards = boxes.flatMap(({ card, hanging }) => (inside(card) ? [card, ...hanging] : []));
    const inner = scopes.filter((other) => !other.folded && other.from >= scope.from && other.to <= scope.to);
    const levels = Math.max(...inner.map(({ depth }) => depth)) - scope.depth + 1;
    const pad = 6 * levels;
    const [x, y] = [Math.min(...cards.map((c) => c.x)) - pad, Math.min(...cards.map((c) => c.y)) - kFrame * levels];
    const right = Math.max(...cards.map((c) => c.x + c.width)) + pad;
    const bottom = Math.max(...cards.map((c) => c.y + c.height)) + pad;
    return { scope, x, y, width: right - x, height: bottom - y };
  };

  /// {width, height, margin, boxes, edges, frames} of the network in `room` pixels of width: a box has its `card` and the cards
  /// that are `hanging` there, each with {node, x, y, width, height, …}.
  ui.networkLayout = (folded, room) => {
    const { boxes, scopes } = Reel.layers(ui.trace.nodes, folded);
    const edges = Reel.placeBoxes(boxes);
    const open = scopes.filter((scope) => !scope.folded);
    const lanes = new Set(boxes.map(({ lane }) => lane)).size;
    const few = Math.max(...boxes.map(({ column }) => column)) < kFew;
    const side = lanes > kLanesOfPictures ? 0 : lanes === 1 && few ? kSides.few : kSides.box;
    const hanging = lanes > kLanesOfPictures ? 0 : lanes === 1 ? kSides.hanging : kSides.beside;
    for (const box of boxes) {
      const keyed = (card) => ({ ...card, key: `network-${box.node}-${card.node}` });
      box.card = keyed(boxCard(box, side));
      box.hanging = box.hangs.map((node) => keyed(hangingCard(node, hanging)));
    }
    const nested = open.length ? Math.max(...open.map(({ depth }) => depth)) + 1 : 0;
    const margin = open.length ? kFramedMargin : kMargin;
    const columns = columnsOf(boxes, room - 2 * margin);
    const { axes, height } = axesOf(boxes, edges, nested);
    boxes.forEach((box) => placeCards(box, columns, axes));
    return {
      width: columns.width,
      height,
      margin,
      boxes,
      edges: edges.map((edge) => ({ ...edge, ...pathOf(edge, boxes, columns, axes) })),
      frames: open.map((scope) => frameOf(scope, open, boxes)),
    };
  };
}
