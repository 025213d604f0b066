"use strict";
// The page's side of the session: questions to the C++ in the worker, and what the panels tell each other.
{
  const source = document.getElementById("reel-worker").textContent;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const waiting = new Map(); // by number: {resolve, reject} of a question
  const listeners = {};
  let asked = 0;

  worker.onmessage = ({ data: { id, answer } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if ("error" in answer) reject(Object.assign(new Error(answer.error), { line: answer.line }));
    else resolve(answer);
  };

  Reel.playground = {
    /// Asks as answers.cpp lists it; files, [path, bytes], are there before the question is answered.
    ask: (question, files = []) =>
      new Promise((resolve, reject) => {
        const id = asked++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, question, files });
      }),
    on: (event, react) => (listeners[event] ??= []).push(react),
    tell: (event, detail) => {
      for (const react of listeners[event] ?? []) react(detail);
    },
    /// What a panel shows; what is false is left out.
    show: (id, ...content) =>
      document.querySelector(`#${id} .body`).replaceChildren(...content.flat().filter(Boolean)),
  };
}
