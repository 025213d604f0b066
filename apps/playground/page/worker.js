"use strict";
// Runs Reel's C++ beside the page, so that the page stays alive while a network trains.
{
  const ready = createReel();

  const answer = ({ ccall, FS }, question, files) => {
    for (const [path, bytes] of files) {
      FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      FS.writeFile(path, bytes);
    }
    return JSON.parse(ccall("playground_answer", "string", ["string"], [JSON.stringify(question)]));
  };

  onmessage = async ({ data: { id, question, files } }) => {
    try {
      postMessage({ id, answer: answer(await ready, question, files) });
    } catch (error) {
      postMessage({ id, answer: { error: String(error.message ?? error) } });
    }
  };
}
