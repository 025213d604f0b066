"use strict";
// Runs Reel's C++ beside the page, so that the page stays alive while a network trains.
{
  let reel = null; // a promise of it, from the first message on, which brings the WebAssembly

  /// Files take the place of what was in their folder.
  const store = (FS, files) => {
    for (const folder of new Set(files.map(([path]) => path.slice(0, path.lastIndexOf("/"))))) {
      FS.mkdirTree(folder);
      for (const name of FS.readdir(folder)) if (!name.startsWith(".")) FS.unlink(`${folder}/${name}`);
    }
    for (const [path, bytes] of files) FS.writeFile(path, bytes);
  };

  const answer = ({ ccall, FS }, question, files) => {
    store(FS, files);
    return JSON.parse(ccall("playground_answer", "string", ["string"], [JSON.stringify(question)]));
  };

  onmessage = async ({ data: { wasmBinary, id, question, files } }) => {
    if (wasmBinary) {
      reel = createReel({ wasmBinary });
      return;
    }
    try {
      postMessage({ id, answer: answer(await reel, question, files) });
    } catch (error) {
      postMessage({ id, answer: { error: String(error.message ?? error) } });
    }
  };
}
