"use strict";
// The network as boxes: what is one, what hangs at it, and in which column and lane it stands. Pixels are the page's
// matter.
{
  const isLeaf = ({ inputs }) => inputs.length === 0;

  // ---- Which nodes are boxes of their own.

  // What flows through an op: what others computed, or where nothing was computed the first input.
  const streamsOf = (nodes, { inputs }) => {
    const computed = inputs.filter((input) => !isLeaf(nodes[input]));
    return [...new Set(computed.length ? computed : inputs.slice(0, 1))];
  };

  /** The leaves that hang at the ops that read them, as weights and targets do: nothing flows from them alone. */
  Reel.hangingLeaves = (nodes) => {
    const flows = new Set(nodes.flatMap((node) => streamsOf(nodes, node)));
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    return new Set(nodes.flatMap((node, i) => (isLeaf(node) && read.has(i) && !flows.has(i) ? [i] : [])));
  };

  const partsOf = ({ scope }) => (scope ? scope.split(".") : []);

  /**
   * The layers that hold several boxes, outer ones first: [{id, name, depth, from, to}], of nodes `from` to `to` - 1,
   * which follow one another.
   */
  Reel.scopes = (nodes) => {
    const hanging = Reel.hangingLeaves(nodes);
    const found = [];
    const split = (from, to, depth) => {
      for (let i = from; i < to;) {
        const name = partsOf(nodes[i])[depth];
        let end = i + 1;
        while (name !== undefined && end < to && partsOf(nodes[end])[depth] === name) end++;
        const boxes = nodes.slice(i, end).filter((_, k) => !hanging.has(i + k)).length;
        if (name !== undefined && boxes > 1) {
          const id = `${partsOf(nodes[i])
            .slice(0, depth + 1)
            .join(".")}@${i}`;
          found.push({ id, name, depth, from: i, to: end });
          split(i, end, depth + 1);
        }
        i = end;
      }
    };
    split(0, nodes.length, 0);
    return found;
  };

  // The box of each node, -1 of what hangs or lies within a folded layer that another node stands for.
  const boxesOf = (nodes, scopes, hanging) => {
    const boxes = [];
    const boxOf = nodes.map(() => -1);
    for (let i = 0; i < nodes.length;) {
      const scope = scopes.find(({ from, folded }) => folded && from === i);
      const members = scope ? Array.from({ length: scope.to - i }, (_, k) => i + k) : hanging.has(i) ? [] : [i];
      members.forEach((node) => (boxOf[node] = boxes.length));
      if (members.length) boxes.push({ node: members.at(-1), nodes: members, scope: scope ?? null });
      i = scope ? scope.to : i + 1;
    }
    return { boxes, boxOf };
  };

  // ---- Names within a layer.

  /** Whether a name is its op's, numbered: nobody gave it one. */
  Reel.isCounted = (name, op) => name === op || (name.startsWith(op) && /^\d+$/.test(name.slice(op.length)));

  /**
   * A node's name without its layer's; where the program gave it none, its op's, or its layer's own if it is `alone` in
   * that.
   */
  Reel.shortName = ({ name, op, scope }, alone = false) => {
    const own = scope && name.startsWith(`${scope}.`) ? name.slice(scope.length + 1) : name;
    if (!Reel.isCounted(own, op)) return own;
    return alone && scope ? scope.split(".").at(-1) : op;
  };

  // ---- Boxes.

  const nameOf = (nodes, { node, scope }, hanging) => {
    if (scope) return scope.name;
    const others = nodes.some((other, i) => i !== node && !hanging.has(i) && other.scope === nodes[node].scope);
    return Reel.shortName(nodes[node], !others);
  };

  /**
   * {boxes, scopes}: a box is {name; node, whose numbers it shows; nodes; scope, where it is a folded one; inputs:
   * boxes; hangs: leaves}; the scopes are those in no folded one, with `folded`.
   */
  Reel.layers = (nodes, folded = new Set()) => {
    const hanging = Reel.hangingLeaves(nodes);
    const all = Reel.scopes(nodes).map((scope) => ({ ...scope, folded: folded.has(scope.id) }));
    const { boxes, boxOf } = boxesOf(nodes, all, hanging);
    boxes.forEach((box, b) => {
      const read = [...new Set(box.nodes.flatMap((node) => nodes[node].inputs))];
      box.name = nameOf(nodes, box, hanging);
      box.inputs = [...new Set(read.map((input) => boxOf[input]))].filter((input) => input >= 0 && input !== b);
      box.hangs = read.filter((input) => hanging.has(input) && boxOf[input] < 0);
    });
    const isIn = (inner, outer) => inner !== outer && outer.from <= inner.from && inner.to <= outer.to;
    const hidden = (scope) => all.some((outer) => outer.folded && outer.depth < scope.depth && isIn(scope, outer));
    return { boxes, scopes: all.filter((scope) => !hidden(scope)) };
  };

  // ---- Where they stand.

  // The longest way from the start; what only one later box reads stands right before it.
  const giveColumns = (boxes) => {
    const readers = boxes.map(() => []);
    boxes.forEach(({ inputs }, b) => inputs.forEach((input) => readers[input].push(b)));
    const loose = []; // may move to the right with all that leads to it
    boxes.forEach((box, b) => {
      box.column = Math.max(-1, ...box.inputs.map((input) => boxes[input].column)) + 1;
      loose.push(box.inputs.every((input) => loose[input] && readers[input].length === 1));
    });
    for (let b = boxes.length; b-- > 0;) {
      if (!loose[b] || !readers[b].length) continue;
      boxes[b].column = Math.min(...readers[b].map((reader) => boxes[reader].column)) - 1;
    }
  };

  // Which cells of columns and lanes are taken.
  const cellsTaken = () => {
    const taken = new Set();
    const isFree = (lane, from, to) => {
      for (let column = from; column <= to; column++) if (taken.has(`${lane},${column}`)) return false;
      return true;
    };
    /// The first of the lanes wished for, else of all, that is free from one column to another; it is taken.
    return (wished, from, to) => {
      let lane = wished.find((one) => isFree(one, from, to));
      for (let next = 0; lane === undefined; next++) if (isFree(next, from, to)) lane = next;
      for (let column = from; column <= to; column++) taken.add(`${lane},${column}`);
      return lane;
    };
  };

  /**
   * Gives each box its `column` and its `lane`, branches below the lane they part from, and returns the arrows: [{from,
   * to, lane}], lane being where it passes other columns, else null.
   */
  Reel.placeBoxes = (boxes) => {
    giveColumns(boxes);
    const take = cellsTaken();
    const inOrder = boxes.map((_, b) => b).sort((a, b) => boxes[a].column - boxes[b].column || a - b);
    for (const b of inOrder) {
      const { inputs, column } = boxes[b];
      const lanes = inputs.map((input) => boxes[input].lane).sort((x, y) => x - y);
      boxes[b].lane = take(lanes, column, column);
    }
    const edges = boxes.flatMap(({ inputs }, to) => inputs.map((from) => ({ from, to })));
    return edges.map((edge) => {
      const [a, b] = [boxes[edge.from], boxes[edge.to]];
      const passes = b.column - a.column > 1;
      return { ...edge, lane: passes ? take([a.lane, b.lane], a.column + 1, b.column - 1) : null };
    });
  };

  /** The layers to fold, the innermost first, so that so many columns are enough, or all where they never are. */
  Reel.foldToFit = (nodes, columns) => {
    const folded = new Set();
    const scopes = Reel.scopes(nodes);
    const depths = [...new Set(scopes.map(({ depth }) => depth))].sort((a, b) => b - a);
    const tooWide = () => {
      const { boxes } = Reel.layers(nodes, folded);
      Reel.placeBoxes(boxes);
      return boxes.some(({ column }) => column >= columns);
    };
    for (const depth of depths) {
      if (!tooWide()) break;
      scopes.filter((scope) => scope.depth === depth).forEach(({ id }) => folded.add(id));
    }
    return folded;
  };
}
