// Runs the files of write_onnx with ONNX Runtime and compares with what Reel made of the same inputs.
//   node run.mjs FOLDER
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import ort from "onnxruntime-node";

// What has no form: losses, and what the training mode alone does.
const refused = /^(cross_entropy|nll_loss|dropout|batch_norm2d|mse_loss|l1_loss|bce_with_logits)/;
const tolerance = 1e-5; // of the largest number

const folder = process.argv[2];
const cases = readdirSync(folder).filter((file) => file.endsWith(".json"));
test("there are files to run", () => assert.ok(cases.length > 100));

const tensor = ({ dims, data }) => new ort.Tensor("float32", Float32Array.from(data), dims); // "NaN" and such are texts
const largest = (numbers) => numbers.filter(Number.isFinite).reduce((size, x) => Math.max(size, Math.abs(x)), 0);

// "input", or "input0", "input1", ...
const named = (name, values) =>
  Object.fromEntries(values.map((value, i) => [values.length === 1 ? name : `${name}${i}`, value]));

function compare(result, { dims, data: numbersAndTexts }) {
  const data = numbersAndTexts.map(Number);
  assert.deepEqual(result.dims, dims);
  const allowed = tolerance * largest(data);
  result.data.forEach((x, i) => {
    const close = Math.abs(x - data[i]) <= allowed || Object.is(x, data[i]);
    assert.ok(close, `element ${i} is ${x}, ${data[i]} in Reel, ${allowed} is allowed`);
  });
}

test("NaN and the infinities are equal to themselves alone, and allow nothing", () => {
  const numbers = [NaN, Infinity, -Infinity, 0, 1];
  for (const x of numbers) {
    for (const y of numbers) {
      const comparison = () => compare({ dims: [3], data: [x, 1, -Infinity] }, { dims: [3], data: [`${y}`, 1, "-Infinity"] });
      Object.is(x, y) ? comparison() : assert.throws(comparison, /element 0 is/);
    }
  }
});

for (const file of cases) {
  const { name, runs, refused: why } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  if (why) {
    test(`${name} is refused`, () => assert.match(why, refused.test(name) ? /has no form in ONNX/ : /nothing else/));
    continue;
  }
  test(`${name} runs as in Reel`, async () => {
    const session = await ort.InferenceSession.create(join(folder, file.replace(".json", ".onnx")));
    for (const { inputs, outputs } of runs) {
      const results = await session.run(named("input", inputs.map(tensor)));
      for (const [name, output] of Object.entries(named("output", outputs))) compare(results[name], output);
    }
  });
}
