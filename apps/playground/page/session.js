"use strict";
// The page's side of the session: questions to the C++ in the worker, and what the panels tell each other.
{
  const partOf = (id) => document.getElementById(id).textContent;
  const source = new Blob([partOf("reel-worker")], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(source));
  const waiting = new Map(); // by number: {resolve, reject} of a question
  const listeners = {};
  let asked = 0;

  /// What gzip has packed.
  const unpacked = (bytes) =>
    new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

  // The worker's first message; questions wait for it.
  const started = unpacked(Uint8Array.from(atob(partOf("reel-wasm")), (c) => c.charCodeAt(0))).then((wasmBinary) =>
    worker.postMessage({ wasmBinary }, [wasmBinary]),
  );

  worker.onmessage = ({ data: { id, answer } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if ("error" in answer) reject(Object.assign(new Error(answer.error), { line: answer.line }));
    else resolve(answer);
  };

  Reel.playground = {
    /// Asks as answers.cpp lists it; files, [path, bytes], are there before the question is answered.
    ask: async (question, files = []) => {
      await started;
      return new Promise((resolve, reject) => {
        const id = asked++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, question, files });
      });
    },
    unpacked,
    on: (event, react) => (listeners[event] ??= []).push(react),
    tell: (event, detail) => {
      for (const react of listeners[event] ?? []) react(detail);
    },
    /// What a panel shows; what is false is left out.
    show: (id, ...content) =>
      Reel.ui.keepingFocus(() =>
        document.querySelector(`#${id} .body`).replaceChildren(...content.flat().filter(Boolean)),
      ),
  };
}
