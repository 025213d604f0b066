// Numbers that are set on the page: its own forward and backward beside the library's, number by number.
//   node engine_edits.test.mjs WRITER     a program of write_edits.cpp
import assert from "node:assert/strict";
import { test } from "node:test";

import { label, plain, Reel, steps } from "./engine.mjs";

const isLeaf = ({ inputs }) => inputs.length === 0;
const called = (name) => steps.find((step) => step.name === name).trace;

// What the library compares of each tensor, as write_edits.cpp says.
const sampled = ({ data }) => (data.length > 4096 ? data.filter((_, i) => i % 13 === 0) : data);
const tensorsOf = (trace) =>
  trace.nodes.flatMap((node, i) => [
    ...(isLeaf(node) ? [] : [{ name: node.name, numbers: sampled(trace.value(i)) }]),
    ...(trace.grad(i) ? [{ name: `d${node.name}`, numbers: sampled(trace.grad(i)) }] : []),
  ]);

const largestOf = (numbers) => numbers.reduce((size, x) => (Number.isFinite(x) ? Math.max(size, Math.abs(x)) : size), 0);

// float32, in which the library's numbers come, rounds to 6e-8 of a number; leaves of more digits than these came rounded,
// too. A gradient whose terms all but cancel is nothing but rounding, so the step's own size counts a little.
function compare(trace, expected, edit) {
  const tensors = tensorsOf(trace);
  const floor = 1e-9 * tensors.reduce((size, { numbers }) => Math.max(size, largestOf(numbers)), 0);
  let at = 0;
  for (const { name, numbers } of tensors) {
    const wanted = expected.subarray(at, (at += numbers.length));
    const allowed = 1e-6 * largestOf(wanted) + floor;
    numbers.forEach((x, i) => {
      const same = Object.is(Math.fround(x), wanted[i]) || Math.abs(x - wanted[i]) <= allowed;
      assert.ok(same, `${name}, number ${i}, after ${edit}: ${x}, not ${wanted[i]}`);
    });
  }
  assert.equal(at, expected.length);
}

test("there are steps to look at", () => assert.ok(steps.length > 100, "give the writer of write_edits.cpp"));

for (const step of steps) {
  test(`the numbers after each edit of ${label(step)} are the library's`, () => {
    let trace = step.trace;
    let fixed = 0;
    for (const { anew, node, element, value, numbers } of step.edits) {
      if (anew) trace = step.trace;
      if (step.trace.whyFixed(node)) fixed++;
      else trace = trace.with(node, element, value);
      compare(trace, Reel.decode(numbers), `${trace.text(node, false, element)} = ${value}`);
    }
    assert.equal(fixed, 0);
  });
}

// ---- What stands beside the numbers.

const conv = () => called("lesson conv");
const numberAt = (trace, text) => {
  const { node, gradient, element } = trace.parse(text);
  return (gradient ? trace.grad(node) : trace.value(node)).data[element];
};

test("of an element that is set again the last number holds, and the trace before stays as it was", () => {
  const trace = conv();
  const { node, element } = trace.parse("x[0,1,0,1]");
  const once = trace.with(node, element, 7);
  const twice = once.with(node, element, 5);
  assert.deepEqual(plain(twice.changes), [{ node, element, value: 5 }]);
  assert.deepEqual([trace, once, twice].map((each) => numberAt(each, "x[0,1,0,1]")), [2, 7, 5]);
  assert.deepEqual(plain([...twice.with(node, element, 2).grad(trace.find("w")).data]), plain([...trace.grad(trace.find("w")).data]));
});

test("a number that says which row is read is not set", () => {
  const { trace } = steps.find(({ data }) => data.nodes.some(({ op }) => op === "embedding"));
  const reader = trace.nodes.findIndex(({ op }) => op === "embedding");
  const [weight, index] = trace.nodes[reader].inputs;
  assert.equal(trace.whyFixed(weight), null);
  assert.match(trace.whyFixed(index), /says which rows y reads; in the terminal: set .* and rerun$/);
});

test("the first number that is not finite", () => {
  const trace = conv();
  assert.equal(trace.firstNotFinite(), null);
  const { node, element } = trace.parse("v[0,1,0,0]");
  const first = { node: trace.find("y"), gradient: false, element: 0 };
  assert.deepEqual(plain(trace.with(node, element, Infinity).firstNotFinite()), first);
});

test("a step of gradient descent", () => {
  const trace = conv();
  const names = (of) => plain(of.trained().map((node) => of.nodes[node].name));
  assert.deepEqual(names(trace), ["w", "b", "v", "c"]); // and not x, which is data
  const next = trace.descended(0.5);
  assert.equal(numberAt(next, "w[0,1,0,1]"), numberAt(trace, "w[0,1,0,1]") - 0.5 * numberAt(trace, "dw[0,1,0,1]"));
  assert.equal(numberAt(next, "x[0,1,0,1]"), numberAt(trace, "x[0,1,0,1]"));
  const { node, element } = trace.parse("w[0,1,0,1]");
  assert.equal(trace.with(node, element, 1).descended(0.5).isSet(node, element), false);
});

test("training begins at a rate that lowers the loss", () => {
  const rates = ["conv", "edge", "lenet", "depthwise"].map((name) => called(`lesson ${name}`).fittingRate());
  assert.deepEqual(rates, [1e-3, 0.1, 0.1, 1e-5]);
  const lenet = called("lesson lenet");
  assert.ok(lenet.trained().every((node) => lenet.nodes[node].op === "parameter"));
});
