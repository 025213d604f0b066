// Where the boxes of the network stand, of small networks given by their inputs and layers.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Reel, plain } from "./engine.mjs";

/** Nodes of lines such as "y = add(x, a) block", the layer in the end. */
const network = (text) => {
  const names = [];
  return text.trim().split("\n").map((line) => {
    const [, name, op, inputs = "", scope = ""] = /^\s*(\S+) = (\w+)(?:\((.*)\))?\s*(\S*)$/.exec(line);
    names.push(name);
    const found = inputs.split(", ").filter(Boolean).map((input) => names.indexOf(input));
    assert.ok(found.every((input) => input >= 0), line);
    return { name, op, inputs: found, scope };
  });
};

const placed = (nodes, folded = new Set()) => {
  const { boxes, scopes } = Reel.layers(nodes, folded);
  const edges = plain(Reel.placeBoxes(boxes));
  const at = Object.fromEntries(boxes.map(({ name, column, lane }) => [name, [column, lane]]));
  return { boxes, scopes: plain(scopes), edges, at };
};

describe("boxes", () => {
  it("are what flows; what an op reads beside it hangs there", () => {
    const { boxes, at } = placed(network(`
      x = input
      w = variable
      z = conv2d(x, w)
      t = input
      l = mse_loss(z, t)`));
    assert.deepEqual(plain(boxes.map(({ node, hangs }) => [node, hangs])), [[0, []], [2, [1]], [4, [3]]]);
    assert.deepEqual(at, { x: [0, 0], z: [1, 0], l: [2, 0] });
  });

  it("hang at each op that reads them", () => {
    const { boxes } = placed(network(`
      x = input
      w = variable
      a = matmul(x, w)
      b = matmul(a, w)`));
    assert.deepEqual(plain(boxes.map(({ hangs }) => hangs)), [[], [1], [1]]);
  });

  it("have the names of their layers, or of their ops", () => {
    const { boxes } = placed(network(`
      x = input
      conv1.weight = parameter conv1
      conv1.conv2d = conv2d(x, conv1.weight) conv1
      relu2 = relu(conv1.conv2d)
      max_pool2d = max_pool2d(relu2)
      logits = linear(max_pool2d) fc`));
    assert.deepEqual(plain(boxes.map(({ name }) => name)), ["x", "conv1", "relu", "max_pool2d", "logits"]);
  });
});

describe("columns and lanes", () => {
  it("carry a shortcut past its block", () => {
    const { edges, at } = placed(network(`
      x = input
      z = conv2d(x)
      a = relu(z)
      y = add(x, a)`));
    assert.deepEqual(at, { x: [0, 0], z: [1, 0], a: [2, 0], y: [3, 0] });
    assert.deepEqual(edges.find(({ from, to }) => from === 0 && to === 3), { from: 0, to: 3, lane: 1 });
    assert.ok(edges.every(({ from, to, lane }) => (lane === null) === (to - from === 1)));
  });

  it("put branches below one another, and join them above", () => {
    const { at, edges } = placed(network(`
      x = input
      a = conv1x1(x)
      b = conv1x1(x)
      c = conv2d(b)
      y = concat(a, c)`));
    assert.deepEqual(at, { x: [0, 0], a: [1, 0], b: [1, 1], c: [2, 1], y: [3, 0] });
    assert.equal(edges.find(({ from, to }) => from === 1 && to === 4).lane, 0);
  });

  it("keep what is read late beside its reader", () => {
    const { at } = placed(network(`
      h = input
      a = tanh(h)
      b = tanh(a)
      x = input
      e = exp(x)
      y = add(b, e)`));
    assert.deepEqual([at.x, at.e, at.y], [[1, 1], [2, 1], [3, 0]]);
  });

  it("never put two boxes, or an arrow and a box, into one cell", () => {
    const nodes = [{ name: "x", op: "input", inputs: [], scope: "" }];
    for (let i = 1; i < 60; i++) nodes.push({ name: `n${i}`, op: "add", inputs: [(i * 7) % i, i - 1 - (i % 3 && i > 3 ? 2 : 0)], scope: "" });
    const { boxes, edges } = placed(nodes);
    const cells = boxes.map(({ column, lane }) => `${column},${lane}`);
    for (const { from, to, lane } of edges) {
      assert.ok(boxes[from].column < boxes[to].column);
      for (let c = boxes[from].column + 1; c < boxes[to].column; c++) cells.push(`${c},${lane}`);
    }
    assert.equal(new Set(cells).size, cells.length);
  });
});

describe("layers", () => {
  const kBlocks = `
    x = input
    net.a.w = parameter net.a
    net.a.conv2d = conv2d(x, net.a.w) net.a
    net.a.relu = relu(net.a.conv2d) net.a
    net.b.conv2d = conv2d(net.a.relu) net.b
    net.b.relu = relu(net.b.conv2d) net.b
    loss = mean(net.b.relu)`;

  it("hold what follows one another, in one another", () => {
    const { scopes } = placed(network(kBlocks));
    assert.deepEqual(scopes.map(({ id, name, depth, from, to }) => [id, name, depth, from, to]),
      [["net@1", "net", 0, 1, 6], ["net.a@1", "a", 1, 1, 4], ["net.b@4", "b", 1, 4, 6]]);
  });

  it("fold into a box with the numbers of their last node", () => {
    const { boxes, scopes, at } = placed(network(kBlocks), new Set(["net.a@1"]));
    assert.deepEqual(at, { x: [0, 0], a: [1, 0], conv2d: [2, 0], relu: [3, 0], loss: [4, 0] });
    assert.deepEqual(plain([boxes[1].node, boxes[1].nodes, boxes[1].hangs]), [3, [1, 2, 3], []]);
    assert.equal(scopes.length, 3, "the folded one can be unfolded");
    assert.deepEqual(placed(network(kBlocks), new Set(["net@1", "net.a@1"])).scopes.map(({ name }) => name), ["net"]);
  });

  it("fold from within until they fit", () => {
    const fit = (columns) => [...Reel.foldToFit(network(kBlocks), columns)];
    assert.deepEqual(fit(6), []);
    assert.deepEqual(fit(4), ["net.a@1", "net.b@4"]);
    assert.deepEqual(fit(3), ["net.a@1", "net.b@4", "net@1"]);
    assert.deepEqual(fit(1), ["net.a@1", "net.b@4", "net@1"]);
  });
});
