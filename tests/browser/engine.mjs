// The page's engine without a page: its scripts in a context of their own, in the order of scripts.txt.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";

const page = new URL("../../core/inspect/page/", import.meta.url);

function loadEngine() {
  const context = createContext({ atob });
  const files = readFileSync(new URL("scripts.txt", page), "utf8").split("\n");
  for (const file of files.filter((name) => name.startsWith("engine/"))) {
    runInContext(readFileSync(new URL(file, page), "utf8"), context, { filename: file });
  }
  return context.Reel;
}

export const Reel = loadEngine();

/** Arrays of the engine come from another context, whose Array is another one. */
export const plain = (value) => JSON.parse(JSON.stringify(value));

/** The steps {name, data, texts, trace} that a program of write_ops.cpp writes. */
function stepsOf(writer) {
  const folder = mkdtempSync(join(tmpdir(), "reel-ops-"));
  try {
    const file = join(folder, "ops.jsonl");
    execFileSync(writer, [file]);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line)).map((step) => ({ ...step, trace: Reel.load(step.data) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those of the programs in the command line; in double where there is a choice. */
export const steps = process.argv.slice(2).flatMap(stepsOf);
export const found = (name) => {
  const called = steps.filter((step) => step.name === name);
  return (called.find(({ data }) => data.precision === "double") || called[0]).trace;
};
export const label = ({ name, data }) => `${name} (${data.precision})`;

/** float32 numbers as the page's data has them. */
export function packed(numbers) {
  const bytes = Buffer.from(Float32Array.from(numbers).buffer);
  return { numel: numbers.length, data: bytes.toString("base64") };
}
