// The session of $PLAYGROUND_MODULE under node has the weights that the library has. See tests/apps/playground.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";

const bits = JSON.parse(fs.readFileSync(new URL("../../apps/playground/bits.json", import.meta.url), "utf8"));
const module = path.resolve(process.env.PLAYGROUND_MODULE);
const create = createRequire(import.meta.url)(module);
const wasmBinary = fs.readFileSync(module.replace(/\.js$/, ".wasm")); // which old emscripten would fetch, as in a browser

test("the same seed gives the same weights as the kernels of x86-64-v2", async () => {
  const { ccall } = await create({ wasmBinary });
  const ask = (question) => JSON.parse(ccall("playground_answer", "string", ["string"], [JSON.stringify(question)]));
  assert.equal(ask(bits.start).error, undefined);
  ask({ ask: "train", steps: bits.steps });
  assert.equal(ask({ ask: "hash" }).hash, bits.hash);
});
