// The page's engine against the library: every number of every op.
//   node engine_ops.test.mjs WRITER...     programs of write_ops.cpp
import assert from "node:assert/strict";
import { test } from "node:test";

import { label, plain, Reel, steps } from "./engine.mjs";

const eventsOf = (trace) => trace.events.map((_, i) => i);
// All elements of what an event made; of LeNet's large weights, one in 13.
function elementsOf(trace, event) {
  const count = trace.made(event).data.length;
  const step = count > 4096 ? 13 : 1;
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}

test("there are steps to look at", () => assert.ok(steps.length > 100, "give the writers of write_ops.cpp"));

// Of gradients that are all but 0 there is nothing left but rounding, and beside an infinity or a NaN no largest.
const isRounding = ({ name }) => /that is sure|of two|pow 0|nothing|at its corners/.test(name);

// An error of a two-hundredth of the largest number is found in any of them, and any error where all are 0.
for (const step of steps.filter(({ fields }) => !fields)) {
  test(`every number of ${label(step)} is the sum that the engine makes of it`, () => {
    const { trace } = step;
    let audited = 0;
    for (const event of eventsOf(trace)) {
      const { kind, node } = trace.events[event];
      const nothingToSay = ["leaf", "seed"].includes(kind) || Reel.numel(trace.nodes[node].shape) === 0;
      assert.equal(trace.unsupported(event) !== null, nothingToSay, trace.unsupported(event));
      const largest = trace.made(event).data.reduce((size, x) => Math.max(size, Math.abs(x)), 0);
      for (const element of nothingToSay ? [] : elementsOf(trace, event)) {
        const { ok, set, sum, stored, tolerance } = trace.audit(event, element);
        const number = trace.eventText(event, element);
        assert.ok(ok || set, `${number} is ${stored}, re-summed ${sum}, allowed ${tolerance}`);
        assert.ok(isRounding(step) || tolerance < Math.max(largest / 200, 1e-30), `${number}: ${tolerance} is allowed`);
        audited++;
      }
    }
    assert.ok(audited > 0 || step.name.includes("nothing"));
  });
}

// Numbers that were computed are rounded in another way by float, by double and by the page.
const masked = (text) => text.replace(/-?(\d+\.\d+(e[+-]\d+)?|\d+e[+-]\d+)/g, "#");

// What both say of a number; of a term of which the library says nothing, the page may add why its dy is 0.
function compareWords(trace, event, element, [place, formula, loop, terms, notes, names, magnitude]) {
  const e = trace.explain(event, element);
  const number = trace.eventText(event, element);
  const own = notes.split("|").map((note, i) => (note === "" ? "" : e.terms[i].note));
  const called = e.terms.map(({ a, b }) => `${a.called ?? ""},${b.called ?? ""}|`).join("");
  const [ours, theirs] = [
    [e.place, e.formula, e.loop, e.terms.length, own.join("|"), called],
    [place, formula, loop, terms, notes, names],
  ];
  assert.equal(masked(JSON.stringify(ours)), masked(JSON.stringify(theirs)), number);
  assert.ok(Math.abs(e.magnitude - magnitude) <= e.tolerance, `${number}: ${e.magnitude}, ${magnitude}`);
}

for (const step of steps.filter(({ texts }) => texts)) {
  test(`the words about ${label(step)} are the library's`, () => {
    step.texts.forEach((texts, event) =>
      (texts || []).forEach((text, element) => compareWords(step.trace, event, element, text)),
    );
  });
}

for (const step of steps) {
  test(`the forward pass of ${label(step)} gives the values that are stored`, () => {
    const { trace } = step;
    trace.nodes.forEach(({ name, inputs, value }, node) => {
      const made = inputs.length > 0 && trace.forwardOf(node);
      if (!made || made.reason) return;
      assert.equal(made.data.length, value.data.length, name);
      const finite = value.data.filter(Number.isFinite);
      const largest = finite.reduce((size, x) => Math.max(size, Math.abs(x)), 1e-6);
      made.data.forEach((x, i) => {
        if (trace.changes.some((change) => change.node === node && change.element === i)) return;
        const same = Object.is(Math.fround(x), value.data[i]); // NaN and infinities
        assert.ok(same || Math.abs(x - value.data[i]) <= 1e-5 * largest, trace.text(node, false, i));
      });
    });
  });
}

const last = steps.at(-1).data.precision; // double where both are given: the replay is the same for both
for (const step of steps.filter(({ data, texts }) => texts && data.precision === last)) {
  test(`check agrees with backward for ${label(step)}`, () => {
    const { trace } = step;
    trace.nodes.forEach(({ inputs, grad, value }, node) => {
      if (inputs.length > 0 || !grad) return;
      for (let element = 0; element < Math.min(value.data.length, 6); element++) {
        const { reason, analytic, numeric, digits, flips } = trace.check(node, element);
        assert.equal(reason, undefined);
        if (flips.length > 0) continue;
        const number = trace.text(node, true, element);
        const allowed = 1e-6 * Math.max(1, Math.abs(analytic)) + Math.abs(numeric) * 10 ** (1 - digits);
        assert.ok(Math.abs(analytic - numeric) <= allowed, `${number}: ${analytic}, ${numeric}`);
      }
    });
  });
}

// What the terminal says of a field, of what the page says.
const fieldOf = (trace, field) => {
  const { node, kind, rows, columns } = field;
  const moving = trace.movingField(field);
  const none = kind !== "pixels" || rows.last < rows.first || columns.last < columns.first;
  return {
    name: trace.nodes[node].name,
    all: kind === "all",
    known: kind !== "unknown",
    rows: none ? undefined : [rows.first, rows.last],
    columns: none ? undefined : [columns.first, columns.last],
    size: moving?.size,
    jump: moving?.jump,
  };
};

for (const step of steps.filter(({ fields }) => fields)) {
  test(`the receptive fields of ${label(step)} are the terminal's`, () => {
    const { trace, of, fields } = step;
    fields.forEach((wanted, element) => {
      const found = trace.receptiveField(of, element).map((field) => fieldOf(trace, field));
      const said = wanted.map(({ name, all, known, rows, columns, size, jump }) => ({ name, all, known, rows, columns, size, jump }));
      assert.deepEqual(plain(found), plain(said), `${label(step)}: element ${element}`);
    });
  });
}
