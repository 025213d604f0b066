// The page's engine: the golden lesson, and what a user may ask and type.
//   node engine.test.mjs WRITER...     programs of write_ops.cpp
import assert from "node:assert/strict";
import { test } from "node:test";

import { found, packed, plain, Reel, steps } from "./engine.mjs";

// ---- The golden lesson.

const lesson = () => found("the lesson");
const at = (trace, text) => trace.parse(text);
const why = (trace, text) => {
  const { node, gradient, element } = at(trace, text);
  return trace.explain(gradient ? trace.gradEvents(node)[0] : trace.valueEvent(node), element);
};

test("the lesson's numbers", () => {
  const trace = lesson();
  const gradient = (name) => plain([...trace.grad(trace.find(name)).data]);
  assert.deepEqual(plain([...trace.value(trace.find("loss")).data]), [15]);
  assert.deepEqual(gradient("z"), [0, 0, 1, -1.5, 1, -1, 2, -3]);
  assert.deepEqual(gradient("b"), [-0.5, -1]);
  assert.deepEqual(gradient("v"), [-72, -4]);
  assert.deepEqual(gradient("c"), [-1]);
  assert.deepEqual(gradient("x").slice(0, 9), [1, -2, 1, 2, -3, 0.5, 2, 2, -7.5]);
});

test("why dw[0,1,0,1]", () => {
  const trace = lesson();
  const e = why(trace, "dw[0,1,0,1]");
  assert.equal(e.place, "input channel 1 -> output channel 0, kernel row 0, column 1");
  assert.equal(e.formula, "sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]");
  const factor = ({ name, value }) => `${name} ${Reel.format(value)}`;
  const line = ({ loop, a, b, product, note }) =>
    `${loop.join(" ")} | ${factor(a)} * ${factor(b)} = ${Reel.format(product)} ${note}`;
  assert.deepEqual(plain(e.terms.map(line)), [
    "0 0 0 | dz[0,0,0,0] 0 * x[0,1,0,1] 2 = 0 relu off (z = -24)",
    "0 0 1 | dz[0,0,0,1] 0 * x[0,1,0,2] 3 = 0 relu off (z = -8)",
    "0 1 0 | dz[0,0,1,0] 1 * x[0,1,1,1] 5 = 5 ",
    "0 1 1 | dz[0,0,1,1] -1.5 * x[0,1,1,2] 6 = -9 ",
  ]);
  assert.deepEqual([e.sum, e.stored, e.residual, e.magnitude, e.ok, e.count], [-4, -4, 0, 14, true, 4]);
  const [{ a, b }] = e.terms;
  assert.deepEqual(plain([a.kind, a.node, a.gradient, a.element, a.index]), [
    "dy",
    trace.find("z"),
    true,
    0,
    [0, 0, 0, 0],
  ]);
  assert.deepEqual(plain([b.kind, b.node, b.gradient, b.element, b.index]), [
    "input",
    trace.find("x"),
    false,
    10,
    [0, 1, 0, 1],
  ]);
  const { node, element } = at(trace, "dw[0,1,0,1]");
  assert.equal(trace.explain(trace.gradEvents(node)[0], element, 2).terms.length, 2);
});

test("a wrong number is not ok", () => {
  const data = structuredClone(steps.find(({ name }) => name === "the lesson").data);
  const w = data.nodes.find(({ name }) => name === "w");
  const numbers = Reel.decode(w.grad.data);
  numbers[5] *= 1.0001;
  w.grad = packed(numbers);
  const e = why(Reel.load(data), "dw[0,1,0,1]");
  assert.equal(e.ok, false);
  assert.ok(e.residual > e.tolerance);
});

test("check: backward and differences, and the kinks between", () => {
  const trace = lesson();
  const check = (text, h) => {
    const { node, element } = at(trace, text);
    return trace.check(node, element, h);
  };
  const w = check("w[0,1,0,1]");
  assert.equal(w.analytic, -4);
  assert.ok(Math.abs(w.numeric + 4) < 1e-7);
  assert.equal(w.text, "backward -4, differences -4 (h = 1.2e-05): equal in 7 of the 7 digits that differences can tell");
  const b = check("b[0]", 10);
  assert.deepEqual(plain(b.flips), [{ node: trace.find("a"), count: 1 }]);
  assert.match(b.text, /\); 1 flip: a kink, not a bug$/); // and no digits
  assert.equal(check("input[0,0,0,0]").analytic, null);
  assert.match(check("input[0,0,0,0]").text, /^backward gives no gradient, differences /);
  assert.match(check("b[0]", 1e-40).reason, /lost in -80/);
});

test("check: a wrong gradient is called so, where differences say 0 as well", () => {
  const trace = lesson();
  const textOf = (name, wrong) => {
    const { node, element } = at(trace, name);
    const { data } = trace.nodes[node].grad;
    const right = data[element];
    data[element] = wrong;
    const { text } = trace.check(node, element);
    data[element] = right;
    return text;
  };
  assert.match(textOf("w[0,1,0,1]", 4), /: equal in 0 of the 7 digits that differences can tell$/);
  assert.match(textOf("w[0,1,0,1]", -4.01), /: equal in 2 of the 7 digits that differences can tell$/);
  assert.match(textOf("z[0,0,0,0]", 5), /^backward 5, differences 0 .*: not equal, and rounding explains no more than /);
});

// ---- Which numbers have to do with which.

test("the receptive field of a pixel, with what an edge cuts off", () => {
  const trace = lesson();
  const { node, element } = at(trace, "y[0,0,1,0]");
  const fields = trace.receptiveField(node, element);
  assert.deepEqual(plain(fields.map((field) => trace.nodes[field.node].name)), ["y", "a", "z", "x"]);
  assert.deepEqual(plain(fields.at(-1)), {
    node: trace.find("x"),
    kind: "pixels",
    rows: { first: 1, last: 2, begin: 1, end: 2, jump: 1, before: 0, after: 0 },
    columns: { first: 0, last: 1, begin: 0, end: 1, jump: 1, before: 0, after: 0 },
    turned: false,
    moves: true,
  });
  const lenet = found("LeNet");
  const pooled =
    lenet.find("max_pool2d_2") >= 0
      ? lenet.find("max_pool2d_2")
      : lenet.nodes.findLastIndex(({ op }) => op === "max_pool2d");
  const [image] = lenet.receptiveField(pooled, 0).filter((field) => field.node === lenet.find("image"));
  assert.deepEqual(plain(image.rows), { first: 0, last: 13, begin: -2, end: 13, jump: 4, before: 2, after: 0 });
  assert.equal(lenet.receptiveField(lenet.loss, 0).at(-1).kind, "all");
});

for (const name of [
  "conv2d, every option",
  "conv_transpose2d, every option",
  "max_pool2d, every option",
  "pad2d",
  "add number",
]) {
  test(`numbers outside of the receptive field do not matter: ${name}`, () => {
    const { trace } = steps.find((step) => step.name === name);
    const y = trace.find("y");
    const { shape } = trace.nodes[y];
    for (let element = 0; element < Reel.numel(shape); element += 3) {
      const field = trace.receptiveField(y, element).find(({ node }) => trace.nodes[node].name === "a_in");
      const inside = (at, { first, last }) => at >= first && at <= last;
      trace
        .explain(trace.valueEvent(y), element)
        .terms.flatMap(({ a, b }) => [a, b])
        .forEach(({ kind, node, index }) => {
          if (kind !== "input" || trace.nodes[node].name !== "a_in" || field.kind !== "pixels") return;
          assert.ok(inside(index[2], field.rows) && inside(index[3], field.columns));
        });
    }
  });
}

test("the receptive field of a transposed convolution, whose stride is in its output", () => {
  const trace = found("conv_transpose2d, every option"); // stride 2,3, kernel 3x2, top 1, left 2
  const { node, element } = at(trace, "y[0,0,1,1]");
  const { rows, columns } = trace.receptiveField(node, element).at(-1);
  assert.deepEqual(plain(rows), { first: 0, last: 1, begin: 0, end: 1, jump: 1 / 2, before: 0, after: 0 });
  assert.deepEqual(plain(columns), { first: 1, last: 1, begin: 1, end: 1, jump: 1 / 3, before: 0, after: 0 });
});

test("the cost of each op in nested loops", () => {
  const trace = lesson();
  const cost = Object.fromEntries(trace.cost().map((op) => [trace.nodes[op.node].name, op]));
  assert.deepEqual([cost.z.macs, cost.z.loops], [64, "for n<1, o<2, c<2, u<2, v<2, i<2, j<2"]);
  assert.deepEqual([cost.y.macs, cost.y.loops], [8, "for n<1, o<1, c<2, i<2, j<2"]);
  assert.deepEqual([cost.a.macs, cost.a.loops, cost.a.elements], [0, "", 8]);
  const macs = (name) =>
    found(name)
      .cost()
      .find(({ macs }) => macs > 0);
  assert.equal(macs("linear of [2,4,3]").loops, "for n<2, i<4, j<2, k<3");
  assert.equal(macs("conv_transpose2d").loops, "for n<2, c<4, o<3, u<3, v<2, i<3, j<4");
  assert.equal(macs("matmul").loops, "for i<2, j<4, k<3");
});

test("the uses of a number are what its gradient is made of", () => {
  const trace = lesson();
  const uses = (text) => {
    const { node, element } = at(trace, text);
    return plain(
      trace.uses(node, element).map((use) => [trace.text(use.node, false, use.element), use.factor]),
    );
  };
  assert.deepEqual(uses("x[0,0,0,0]"), [
    ["z[0,0,0,0]", 0],
    ["z[0,1,0,0]", 1],
  ]);
  assert.deepEqual(uses("z[0,0,0,0]"), [["a[0,0,0,0]", 0]]);
  assert.deepEqual(uses("z[0,0,1,0]"), [["a[0,0,1,0]", 1]]);
  assert.deepEqual(uses("loss"), []);
  const square = found("neg, used twice"); // mul(neg(x), x): x is read by both
  assert.deepEqual(plain(square.uses(0, 0).map(({ node }) => square.nodes[node].op)), ["neg", "mul"]);
});

test("a flipped kernel is a true convolution", () => {
  const trace = lesson();
  const { shape, data } = trace.flipped(trace.find("z"));
  assert.deepEqual(plain(shape), [1, 2, 2, 2]);
  const x = [0, 1, 3, 4, 1, 2, 4, 5]; // the first window of both channels
  const turned = [3, 2, 1, 0, 4, 3, 2, 1];
  assert.equal(
    data[0],
    x.reduce((sum, value, i) => sum + value * turned[i], -80),
  );
});

// ---- Time, names, and what is not there.

test("nothing exists before its time, and contributions add up", () => {
  const trace = found("neg, used twice");
  const events = trace.gradEvents(0);
  assert.equal(events.length, 2);
  assert.equal(trace.grad(0, events[0]), null);
  const [first, second] = events.map((event) => trace.made(event).data);
  assert.deepEqual(plain([...trace.grad(0, events[1]).data]), plain([...first]));
  assert.equal(trace.grad(0).data[2], Math.fround(first[2] + second[2]));
  assert.equal(trace.value(1, trace.valueEvent(1)), null);
  assert.notEqual(trace.value(1, trace.valueEvent(1) + 1), null);
});

test("names are found, or the error says what was meant", () => {
  const trace = lesson();
  const fails = (text, message) => assert.throws(() => trace.parse(text), { message });
  const z = { node: trace.find("z"), gradient: false, element: 3, index: [0, 0, 1, 1] };
  assert.deepEqual(plain(trace.parse(" z[0, 0,1,1] ")), z);
  assert.deepEqual(plain(trace.parse("grad z[0,0,1,1]")), { ...z, gradient: true });
  assert.deepEqual(plain(trace.parse("dz[0,0,1,1]")), { ...z, gradient: true });
  assert.deepEqual(plain(trace.parse("#3[0,0,1,1]")), z);
  assert.deepEqual(plain(trace.parse("z")), { ...z, element: null, index: null });
  assert.deepEqual(plain(trace.parse("loss")), { node: trace.loss, gradient: false, element: 0, index: [] });
  assert.equal(trace.find("nothing"), -1);
  fails("lss", 'nothing is called "lss"; did you mean "loss"?');
  fails("dZ", 'nothing is called "dZ"; did you mean "dz"?');
  fails("something else", 'nothing is called "something else"');
  fails("z[0,0,2,0]", "z is [1,2,2,2]; position 2 in dimension 2 is out of range, they are 0 to 1");
  fails("dz[0,0]", "dz is [1,2,2,2] and wants 4 numbers in the brackets, not 2");
  fails("z[0,0,a,0]", 'z is [1,2,2,2]; "a" is no position in it');
  fails("b[]", "b is [2] and wants 1 number in the brackets, not 0");
  trace.nodes[trace.loss].name = "da"; // as near as dx, which comes earlier; values are meant before gradients
  fails("dq", 'nothing is called "dq"; did you mean "da"?');
});

const functions = {
  relu: { value: "0 where x < 0, else x", derivative: "0 where x <= 0, else 1", isGate: true },
  exp: { value: "exp(x)", derivative: "y" },
  log: { value: "log(x)", derivative: "1 / x" },
  clamp: { value: "low where x < low, high where x > high, else x", derivative: "1 where low < x < high" },
};

// A step of one op, y = op(x), made by hand.
function handmadeData(op, x, y, more = {}) {
  const leaf = {
    name: "x",
    op: "variable",
    builtIn: true,
    inputs: [],
    reads: [],
    shape: [x.length],
    scope: "",
    where: "a.cpp:1",
    value: packed(x),
    grad: null,
  };
  const node = {
    name: "y",
    op,
    builtIn: true,
    inputs: [0],
    reads: [{ kind: "unknown" }],
    shape: [y.length],
    scope: "",
    where: "a.cpp:2",
    explains: true,
    options: {},
    function: functions[op],
    value: packed(y),
    grad: null,
  };
  return {
    format: 1,
    title: "",
    precision: "double",
    loss: 1,
    version: "",
    nodes: [leaf, { ...node, ...more }],
    events: [
      { kind: "leaf", node: 0, op: 0, input: 0, made: null },
      { kind: "forward", node: 1, op: 1, input: 0, made: null },
    ],
    ...more.step,
  };
}

const handmade = (...step) => Reel.load(handmadeData(...step));

test("two nodes of one name are told apart by their numbers", () => {
  const trace = handmade("exp", [0], [1], { name: "x" });
  assert.throws(() => trace.find("x"), {
    message: '2 nodes are called "x": #0 variable (a.cpp:1), #1 exp (a.cpp:2); say which by its number',
  });
  assert.equal(trace.find("#1"), 1);
});

test("an op that explains nothing, or is unknown, is said to", () => {
  const silent = handmade("silent", [1], [2], { explains: false });
  const reason = "silent gives no explanation";
  assert.equal(silent.explain(1, 0), null);
  assert.equal(silent.audit(1, 0), null);
  assert.equal(silent.unsupported(1, 0), `${reason}, neither here nor in the terminal`);
  assert.equal(
    silent.check(0, 0).reason,
    `the page cannot run y again: ${reason}; in the terminal: check x[0]`,
  );
  assert.deepEqual(plain(silent.uses(0, 0)), [{ node: 1, input: 0, reason }]);
  const unknown = handmade("doubled", [1], [2], { builtIn: false });
  const own = "an op of the program's own; in the terminal: why y[0]";
  assert.equal(unknown.unsupported(1, 0), `the page does not know doubled, ${own}`);
});

test("an op of the program's own is not the library's of the same name", () => {
  const own = (op) => handmade(op, [-1, 2], [-0.5, 2], { builtIn: false, function: null });
  assert.match(own("relu").unsupported(1, 0), /^the page does not know relu, an op of the program's own;/);
  assert.match(own("relu").check(0, 0).reason, /cannot run y again/);
  assert.deepEqual(plain(own("conv2d").cost()[0]), { node: 1, macs: 0, loops: "", counts: [], elements: 2 });
  assert.equal(own("conv2d").receptiveField(1, 0).at(-1).kind, "unknown");
  assert.match(own("conv2d").uses(0, 0)[0].reason, /program's own/);
});

test("a tensor without elements has none to name", () => {
  const trace = handmade("exp", [], []);
  assert.equal(trace.text(1, false, 0), "y");
  assert.equal(trace.unsupported(1), "y has no elements");
  assert.throws(() => trace.parse("y[0]"), { message: "y is [0]: it has no elements" });
});

test("a name may have any character", () => {
  const trace = handmade("exp", [0], [1], { name: "two\nlines" });
  assert.deepEqual(plain(trace.parse("two\nlines[0]")), { node: 1, gradient: false, element: 0, index: [0] });
  assert.equal(trace.parse("grad two\nlines[0]").gradient, true);
});

test("a check of zeros, and of a loss that is no number", () => {
  const withLoss = (op, x, y) => {
    const { nodes, events } = handmadeData(op, [x], [y]);
    return Reel.load({ precision: "double", loss: 1, nodes, events }).check(0, 0);
  };
  assert.equal(withLoss("log", -1, NaN).reason, "the loss is nan: nothing to compare");
  assert.equal(withLoss("log", 0, -Infinity).reason, "the loss is -inf: nothing to compare");
  const off = backwardOf("relu", [-1], [0], [0], [1], {}).check(0, 0);
  assert.match(off.text, /^backward 0, differences 0 \(h = 6\.1e-06\): both are 0$/);
});

test("what is too large for the page is left to the terminal", () => {
  const value = {
    numel: 1,
    stats: { min: 1, max: 1 },
    top: [[0, 1]],
    crop: { start: [0], shape: [1], data: packed([1]).data },
  };
  const trace = handmade("exp", [0], [1], { value });
  assert.equal(trace.explain(1, 0), null);
  assert.equal(trace.unsupported(1, 0), "y is too large to be in the page; in the terminal: why y[0]");
  assert.deepEqual(plain([...trace.value(1).summary.crop.data]), [1]);
  assert.match(trace.check(0, 0).reason, /too large.*in the terminal: check x\[0\]/);
});

test("a number that was set is a constant", () => {
  const changes = [{ node: 1, element: 1, value: 5 }];
  const trace = handmade("exp", [0, 0], [1, 5], { shape: [2], step: { changes } });
  const { set, ok, stored, sum } = trace.explain(1, 1);
  assert.deepEqual([set, ok, stored, sum], [true, false, 5, 1]); // what the op computes is no claim about it
  assert.equal(trace.explain(1, 0).set, false);
  assert.equal(trace.whyZero(1, 1), "set: a constant");
  assert.equal(trace.whyZero(1, 0), "");
});

// The step y = op(x) with the gradients of both.
function backwardOf(op, x, y, dx, dy, options = {}) {
  const { nodes, events } = handmadeData(op, x, y, { options, grad: packed(dy) });
  nodes[0].grad = packed(dx);
  events.push({ kind: "seed", node: 1, op: 1, input: 0, made: null });
  events.push({ kind: "backward", node: 0, op: 1, input: 0, made: null });
  return Reel.load({ precision: "double", loss: 1, nodes, events });
}

test("NaN and infinities are numbers like others", () => {
  const trace = handmade("log", [-1, 0, Infinity], [NaN, -Infinity, Infinity]);
  for (const element of [0, 1, 2]) {
    const { ok, residual } = trace.explain(1, element);
    assert.deepEqual([ok, residual], [true, 0]);
  }
  assert.equal(handmade("log", [-1], [1]).explain(1, 0).ok, false);
  assert.equal(handmade("clamp", [3], [3], { options: { low: [0], high: ["inf"] } }).explain(1, 0).ok, true);
  assert.equal(backwardOf("log", [Infinity], [Infinity], [NaN], [Infinity]).explain(3, 0).ok, true);
  const limits = { low: [0], high: [1] };
  assert.equal(backwardOf("clamp", [3], [1], [0], [Infinity], limits).explain(3, 0).ok, true);
});

test("a function is computed by its words", () => {
  const computed = (value, x, options = {}) => {
    const names = Object.fromEntries(Object.entries(options).map(([name, number]) => [name, [number]]));
    return Reel.functionOp("f", { value, derivative: "1" }, names).forward({ inputs: [{ data: [x] }] })[0];
  };
  assert.equal(computed("2 x^3 - x / 4 / 2 + 1", 2), 16.75);
  assert.equal(computed("-x^2", 3), -9);
  assert.equal(computed("x (1 + x)", 2), 6);
  assert.equal(computed("a b x, a = x + 1, b = 2 a", 1), 8);
  assert.equal(computed("1 where low < x < 2.5, 2 where x >= 2.5, else high", 2, { low: 1, high: 7 }), 1);
  assert.equal(computed("1 where low < x < 2.5, 2 where x >= 2.5, else high", 2.5, { low: 1, high: 7 }), 2);
  assert.equal(computed("1 where low < x < 2.5, 2 where x >= 2.5, else high", 1, { low: 1, high: 7 }), 7);
  assert.equal(computed("1 where x <= 0", 1), 0);
  assert.equal(computed("2 * x", 3), 6);
  assert.equal(computed("1e-1 x + .5 x + 2.e2", 1), 200.6);
  assert.equal(computed("exp", 1, { exp: 4 }), 4);
  assert.ok(Math.abs(computed("Phi(x) + exp(-x) sigmoid(x)", 0.5) - 1.0690025) < 1e-6);
});

test("an op of the program's own that is a function is explained by its words", () => {
  const own = { builtIn: false, explains: false, options: { slope: [0.5] } };
  const words = { value: "slope x + 1e-5", derivative: "slope" };
  const trace = handmade("line", [2], [1.00001], { ...own, function: words });
  const { ok, formula, terms } = trace.explain(1, 0);
  assert.deepEqual([ok, formula, terms[0].note], [true, "line(x[0])", "line(2)"]);
  assert.equal(trace.unsupported(1, 0), null);
});

test("where a function has a kink, its value and what is defined count as well", () => {
  const choices = (derivative) => Reel.functionOp("f", { value: "x - 1", derivative }, {}).choices({ inputs: [{ data: [0, 2] }] });
  assert.deepEqual(plain(choices("0 where y <= 0, else 1")), [-1, 1]);
  assert.deepEqual(plain(choices("1 where t > 3, t = 2 x")), [-1, 1]);
  assert.deepEqual(plain(choices("sign(y)")), [-1, 1]);
});

test("a normalisation without eps is a reason, not an error", () => {
  assert.equal(Reel.normalizationOp({}, {}).reason, "the page cannot normalise without an option eps");
});

test("words that cannot be read are a reason, not an error", () => {
  const reason = (value, derivative = "1") => Reel.functionOp("f", { value, derivative }, { slope: [1] }).reason;
  const unclear = (words, from) =>
    assert.equal(reason(words), `the page cannot read "${words}": it is not clear from "${from}" on`);
  unclear("x )", ")");
  unclear("2 $ x", "$");
  unclear("2 3", "3");
  unclear("1.2.3 x", ".3");
  unclear("x where x = 1", "=");
  unclear("2 = x", "2");
  for (const words of ["", "x +", "(x", "1 where x", "exp(x"]) {
    assert.equal(reason(words), `the page cannot read "${words}": it ends too early`);
  }
  for (const [words, name] of [["x size", "size"], ["y x", "y"], ["toString(x)", "toString"], ["0 else x", "else"]]) {
    assert.equal(reason(words), `the page cannot read "${words}": nothing is called "${name}"`);
  }
  assert.match(reason("a, a = b, b = x"), /nothing is called "b" where a is defined$/);
  assert.match(reason("x", "z"), /cannot read "z": nothing is called "z"$/);
  assert.equal(reason("b + slope, a = x, b = a", "y + slope"), undefined);
  const trace = handmade("f", [1], [1], { builtIn: false, explains: false, function: { value: "", derivative: "1" } });
  const said = 'the page cannot read "": it ends too early';
  assert.equal(trace.explain(1, 0), null);
  assert.equal(trace.unsupported(1, 0), `${said}, neither here nor in the terminal`);
  assert.match(trace.check(0, 0).reason, /cannot run y again: the page cannot read ""/);
});

// ---- Formulas: the twins of those in tests/core/formula/test_formula.cpp.

const loopsNamed = (...names) => names.map(([name, count]) => ({ name, count }));
const plainScale = { number: 1, divides: false, text: "", counts: [], weights: [], mask: null };
// y = the product of the factors, whose places are `at`.
function formulaOf(loops, result, factors, scale = {}) {
  const at = factors.map((place, input) => ({ input, at: place }));
  const summand = { result, factors: at, scale: { ...plainScale, ...scale }, note: "" };
  return Reel.formulaOp({ loops: loopsNamed(...loops), summands: [summand], elsewhere: 0, elsewhereNote: "", places: [] });
}
const numbers = (shape) => ({ shape, data: Array.from({ length: Reel.numel(shape) }, (_, i) => i) });
// What it says of an element of y, or of the gradient of an input.
function toldBy(op, inputs, y, ofInput, element) {
  const named = inputs.map((tensor, i) => ({ name: "xw"[i], ...tensor }));
  const terms = [];
  const give = (loop, a, b, product, note) => terms.push(`${a.value}*${b.value}${note}`);
  const e = new Reel.Explain({ options: {}, inputs: named, output: { name: "y", ...y }, dy: y }, ofInput, element, give);
  op.explain(e);
  return [e.formula, terms.join(" ")];
}

test("a formula is computed along a loop that no group divides", () => {
  const op = formulaOf([["o", 4]], [[0, [0, 1, 0]]], [[[0, [0, 1, 2]]]]);
  const y = op.forward({ inputs: [{ shape: [2], data: [5, 7] }], output: { shape: [4] } });
  assert.deepEqual(plain([...y]), [5, 5, 7, 7]);
});

test("a loop that two places name is solved for in one, and the other is a condition", () => {
  const [a, b, c] = [[0, 1, 0], [1, 1, 0], [2, 1, 0]];
  const loops = [["a", 2], ["b", 2], ["c", 2]];
  const result = [[0, a], [0, b], [0, c]];
  const two = formulaOf(loops, result, [[[0, a, b], [0, b, c]]]);
  const dy = numbers([2, 2, 2]);
  const said = ["sum over a,c of dy[a,1-a,c], where 1-a+c = 1", "2*1 5*1"];
  assert.deepEqual(toldBy(two, [numbers([3, 3])], dy, 0, 4), said);
  const three = formulaOf(loops, result, [[[0, a, b], [0, b, c], [0, c]]]);
  assert.deepEqual(toldBy(three, [numbers([3, 3, 2])], dy, 0, 9), ["dy[1,0,1]", "5*1"]);
});

test("a formula may run backwards", () => {
  const inputs = [{ shape: [6], data: [1, 2, 3, 4, 5, 6] }, { shape: [3], data: [10, 20, 30] }];
  const y = { shape: [3], data: [1, 2, 3] };
  const op = formulaOf([["i", 3], ["u", 3]], [[0, [0, 1, 0]]], [[[3, [0, -1, 0], [1, -1, 0]]], [[0, [1, 1, 0]]]]);
  assert.deepEqual(toldBy(op, inputs, y, -1, 2), ["sum over u of x[-u+1] * w[u]", "2*10 1*20 30*0padding"]);
  assert.deepEqual(toldBy(op, inputs, y, 0, 1), ["sum over i of dy[i] * w[2-i]", "1*30 2*20 3*10"]);
  assert.deepEqual(plain([...op.forward({ inputs, output: y })]), [160, 100, 40]);
  const back = formulaOf([["u", 3], ["i", 4]], [[0, [1, 2, 0], [0, -1, 0]]], [[[0, [1, 1, 0]]], [[0, [0, 1, 0]]]]);
  const said = ["sum over u of x[(4+u)/2] * w[u], where that is a whole position", "3*10 4*30"];
  assert.deepEqual(toldBy(back, inputs, numbers([7]), -1, 4), said);
});

test("what is solved for stands in parentheses where it is multiplied or divided", () => {
  const op = formulaOf([["u", 3], ["i", 4]], [[0, [0, 1, 0], [1, 1, 0]]], [[[0, [1, 2, 0]]], [[0, [1, 1, 2]]]]);
  const said = ["sum over u of x[2(3-u)+0] * w[((3-u)/2)]", "6*20 4*20 2*10"];
  assert.deepEqual(toldBy(op, [numbers([7]), { shape: [2], data: [10, 20] }], numbers([6]), -1, 3), said);
});

test("a table says where a factor stands, and by what it is multiplied", () => {
  const [i, u] = [[0, 1, 0], [1, 1, 0]];
  const index = { name: "index", loops: [0], counts: [3], numbers: [2, 0, 2] };
  const rows = formulaOf([["n", 3], ["d", 2]], [[0, i], [0, u]], [[[0, [null, 1, 0, index]], [0, u]]]);
  const y = numbers([3, 2]);
  assert.deepEqual(toldBy(rows, [y], y, -1, 1), ["x[2,1]", "5*1"]);
  assert.deepEqual(toldBy(rows, [y], y, 0, 5), ["sum over n of dy[n,1], where index[n] = 2", "1*1 5*1"]);
  assert.deepEqual(plain([...rows.forward({ inputs: [y], output: y })]), [4, 5, 0, 1, 4, 5]);
  const first = { name: "first", loops: [0], counts: [3], numbers: [0, 0, 5] };
  const weight = { name: "weight", loops: [0, 1], counts: [3, 2], numbers: [1, 0, 2, 3, 4, 0] };
  const op = formulaOf([["i", 3], ["u", 2]], [[0, i]], [[[0, [null, 1, 0, first], u]]], { weights: [weight] });
  const [x, dy] = [{ shape: [6], data: [1, 2, 3, 4, 5, NaN] }, { shape: [3], data: [1, 2, 3] }];
  assert.deepEqual(toldBy(op, [x], dy, -1, 1), ["sum over u of x[u+0] * weight[1,u]", "1*2 2*3"]);
  assert.deepEqual(toldBy(op, [x], dy, 0, 0), ["sum over i of dy[i] * weight[i,0-first[i]]", "1*1 2*2"]);
  x.data[5] = 6;
  assert.deepEqual(plain([...op.forward({ inputs: [x], output: dy })]), [1, 8, 24]);
  x.data[1] = NaN; // the first number does not read it
  assert.equal(op.forward({ inputs: [x], output: dy })[0], 1);
});

test("numbers are written as by %g", () => {
  const numbers = [0, -0, -1.5, 1e-5, 123456789, 1 / 3, 1e5, 1e6, 999999.5, NaN, Infinity, -Infinity];
  const texts = [
    "0",
    "0",
    "-1.5",
    "1e-05",
    "1.23457e+08",
    "0.333333",
    "100000",
    "1e+06",
    "1e+06",
    "nan",
    "inf",
    "-inf",
  ];
  assert.deepEqual(
    numbers.map((x) => Reel.format(x)),
    texts,
  );
});

test("an op of the library that the page does not know is not called the program's own", () => {
  const data = structuredClone(steps.find(({ name }) => name === "the lesson").data);
  const y = data.nodes.find(({ name }) => name === "y");
  Object.assign(y, { op: "newer_op", formula: null });
  const said = () => {
    const trace = Reel.load(structuredClone(data));
    return Reel.unknownOp(trace, trace.find("y"));
  };
  assert.equal(said(), "the page does not know newer_op");
  y.builtIn = false;
  assert.equal(said(), "the page does not know newer_op, an op of the program's own");
});

// ---- Words.

test("sentences in the language that is spoken", () => {
  Reel.speak({ "{0} of {1}": "{1} 的 {0}", "two": "二", "one": "一。", "{0} pixel": "{0} 个像素", "{0} pixels": "{0} 个像素" });
  assert.equal(Reel.text("{0} of {1}", 3, "x"), "x 的 3");
  assert.deepEqual(plain(Reel.pieces("{0} of {1}", { an: "element" }, 2)), ["", 2, " 的 ", { an: "element" }, ""]);
  assert.equal(Reel.counted(1, "{0} pixel", "{0} pixels"), "1 个像素");
  assert.equal(Reel.sentences(Reel.text("one"), "", Reel.text("two")), "一。二");
  assert.equal(Reel.text("nobody says {0}", 1), "nobody says 1");
  Reel.speak();
  assert.equal(Reel.text("{0} of {1}", 3, "x"), "3 of x");
  assert.equal(Reel.text("{0} of {1}", "{1}"), "{1} of {1}"); // what has no value stays, and no value is looked into
  assert.equal(Reel.text("constructor"), "constructor");
  assert.equal(Reel.counted(1, "{0} pixel", "{0} pixels"), "1 pixel");
  assert.equal(Reel.sentences("One.", null, "Two."), "One. Two.");
});
