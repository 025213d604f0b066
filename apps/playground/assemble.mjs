// Puts the playground together as one page that asks for nothing else:
//   node assemble.mjs playground.html playground_module.js
// Beside the module lies its WebAssembly, which goes in packed, as base64 of gzip: a third of what it would be.
// The rest lies in page/, and in core/inspect/page, whose look it has.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const [output, module] = process.argv.slice(2);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const fromRoot = (file) => path.join(root, file);
const read = (file) => fs.readFileSync(file, "utf8");

/** Files, one after another, as what stands in an element of the page. */
const joined = (files) => {
  for (const file of files) {
    const tag = /<\/script|<\/style|<!--/i.exec(read(file));
    if (tag) throw new Error(`${file} has ${tag[0]} in it, which would end or hide a part of the page`);
  }
  return files.map(read).join("\n");
};

const listed = (file) => read(fromRoot(file)).trim().split("\n");
const kInspection = "core/inspect/page";
const scripts = listed("apps/playground/page/scripts.txt");
const looks = ["theme.css", ...listed(`${kInspection}/styles.txt`)].map((file) => `${kInspection}/${file}`);
const styles = [...looks, "apps/playground/page/playground.css"];
const parts = {
  STYLE: joined(styles.map(fromRoot)),
  WORKER: joined([module, fromRoot("apps/playground/page/worker.js")]),
  WASM: zlib.gzipSync(fs.readFileSync(module.replace(/\.js$/, ".wasm")), { level: 9 }).toString("base64"),
  SCRIPT: joined(scripts.map(fromRoot)),
};

/** The rows of a table of words: {"English": "its own"}. */
const rows = (file) => {
  const lines = read(fromRoot(file)).split("\n").filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(lines.flatMap((line, i) => (i % 2 ? [[lines[i - 1], line]] : [])));
};
const chinese = ["page", "glossary", "playground"].map((table) => rows(`core/text/zh/${table}.txt`));
parts.WORDS = JSON.stringify({ zh: Object.assign({}, ...chinese) }).replaceAll("<", "\\u003c");

const template = read(fromRoot("apps/playground/page/playground.html"));
fs.writeFileSync(output, template.replace(/<!--REEL_(\w+)-->/g, (_, name) => parts[name]));
