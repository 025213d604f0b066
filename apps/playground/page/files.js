"use strict";
// What is trained on: digits that Reel draws, or files that the visitor brings.
{
  const { ui, playground } = Reel;
  const { ask, tell, show } = playground;
  const kSide = 28; // pixels, to which pictures are scaled
  const kIdx = /idx[13]-ubyte/; // in the names of MNIST's files
  let fault = "";

  // ---- Reading. A file comes with the name of the folder that it lies in.

  const bytesOf = async (file) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if (!isPacked) return bytes;
    const whole = await playground.unpacked(bytes).catch(() => {
      throw new Error(Reel.text("{0} cannot be unpacked: it is no gzip file, or cut short. Wanted is the file as it was downloaded.", file.name));
    });
    return new Uint8Array(whole);
  };

  const mnist = async (files) => {
    const stored = files.map(async ({ file }) => [`/mnist/${file.name.replace(/\.gz$/, "")}`, await bytesOf(file)]);
    return ask({ ask: "data", kind: "mnist", folder: "/mnist" }, await Promise.all(stored));
  };

  /// The middle square of a picture, in grey; nothing of a file that is none.
  const greyPixels = async ({ file }) => {
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (!bitmap) return null;
    const side = Math.min(bitmap.width, bitmap.height);
    const context = new OffscreenCanvas(kSide, kSide).getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, kSide, kSide);
    const { data } = context.getImageData(0, 0, kSide, kSide);
    const grey = (i) => 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
    return Uint8Array.from({ length: kSide * kSide }, (_, i) => Math.round(grey(4 * i)));
  };

  const pictures = async (files) => {
    const read = await Promise.all(files.map(async (one) => ({ ...one, pixels: await greyPixels(one) })));
    const whole = read.filter(({ pixels }) => pixels);
    if (whole.length === 0) {
      throw new Error(
        Reel.text(
          "None of the {0} files is a picture that this browser reads, or one of MNIST's. Wanted are a folder for each class with its pictures in it, or the four files of MNIST.",
          files.length,
        ),
      );
    }
    const classes = [...new Set(whole.map(({ folder }) => folder))].sort();
    const bytes = new Uint8Array(whole.length * kSide * kSide);
    whole.forEach(({ pixels }, i) => bytes.set(pixels, i * kSide * kSide));
    const question = {
      ask: "data",
      kind: "pictures",
      file: "/pictures/bytes",
      shape: [1, kSide, kSide],
      labels: whole.map(({ folder }) => classes.indexOf(folder)),
      classes,
    };
    return ask(question, [["/pictures/bytes", bytes]]);
  };

  // ---- What is done.

  const take = async (read) => {
    try {
      draw(await read());
    } catch (error) {
      fault = error.message;
      drawFault();
      return;
    }
    tell("restart");
  };

  const takeFiles = (files) => {
    if (files.length === 0) return;
    const ofMnist = files.filter(({ file }) => kIdx.test(file.name));
    take(() => (ofMnist.length > 0 ? mnist(ofMnist) : pictures(files)));
  };

  const folderOf = ({ webkitRelativePath }) => webkitRelativePath.split("/").at(-2) ?? "";
  const picked = (event) => takeFiles([...event.target.files].map((file) => ({ file, folder: folderOf(file) })));

  // Folders are dropped as entries, which are read bit by bit.
  const entriesIn = async (directory) => {
    const reader = directory.createReader();
    const all = [];
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return all;
      all.push(...some);
    }
  };
  const filesIn = async (entry, folder) => {
    if (entry.isFile) return [{ folder, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) }];
    const inside = (await entriesIn(entry)).map((one) => filesIn(one, entry.name));
    return (await Promise.all(inside)).flat();
  };

  const dropped = async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    takeFiles((await Promise.all(entries.map((entry) => filesIn(entry, "")))).flat());
  };

  // ---- What is shown.

  const drawFault = () => {
    document.getElementById("data-fault").textContent = fault;
  };

  const draw = (data) => {
    fault = "";
    tell("data", data);
    const chooser = (id, label, attributes) =>
      ui.el("label.file", label, ui.el("input", { type: "file", multiple: true, id, onchange: picked, ...attributes }));
    show(
      "panel-data",
      ui.el("p", Reel.text("{0}: {1} images to train on, {2} others to judge by, {3} classes.", data.title, data.train.toLocaleString("en"), data.test.toLocaleString("en"), data.classes.length)),
      ui.el(
        "div.drop",
        { ondragover: (event) => event.preventDefault(), ondrop: dropped },
        ui.el("p", Reel.text("Drop a folder here that has a folder of pictures for each class, or the four files of MNIST.")),
        ui.el(
          "p.buttons",
          chooser("pick-folder", Reel.text("A folder of pictures …"), { webkitdirectory: true }),
          chooser("pick-files", Reel.text("MNIST's files …"), {}),
          ui.button(Reel.text("Generated digits"), () => take(() => ask({ ask: "data", kind: "digits" })), { id: "digits" }),
        ),
      ),
      ui.el("p.error", { id: "data-fault", role: "alert" }),
      ui.note(Reel.text("Nothing leaves this page: files are read here, and only here.")),
    );
  };

  playground.startData = async () => draw(await ask({ ask: "data", kind: "digits" }));
}
