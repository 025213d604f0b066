"use strict";
// Files that the page gives the browser to keep: each panel, and each figure in it, as SVG or PNG.
{
  const { ui } = Reel;
  const { el } = ui;
  const kDownload = "M8 2v7.5M4.5 6.5 8 10l3.5-3.5M3 13.5h10";
  const kScale = 3; // pixels of a PNG for one of the screen,
  const kLongest = 16000; // as long as the longer side stays within what browsers draw
  const kFigures = 16; // that a menu lists
  const kWait = 60_000; // milliseconds, in which a busy browser has begun to read a file

  /// A name of a file from what it shows.
  ui.fileName = (...parts) =>
    parts
      .join(" ")
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "");

  ui.saveFile = (name, blob) => {
    const href = URL.createObjectURL(blob);
    el("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), kWait);
  };

  // ---- Pictures.

  const pngOf = async ({ markup, width, height }) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markup)}`;
    await image.decode();
    const scale = Math.min(kScale, kLongest / Math.max(width, height));
    const canvas = el("canvas", { width: Math.floor(width * scale), height: Math.floor(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve));
  };

  const kKinds = {
    SVG: ({ markup }) => new Blob([markup], { type: "image/svg+xml" }),
    PNG: pngOf,
  };

  const save = async (element, name, kind) => {
    const file = `${ui.fileName(document.title, name)}.${kind.toLowerCase()}`;
    try {
      ui.saveFile(file, await kKinds[kind](ui.pictureOf(element)));
      ui.say(Reel.text("{0} is saved.", file));
    } catch (error) {
      ui.say(Reel.text("{0} could not be made: {1}", file, error.message), true);
    }
  };

  // ---- The menu of a panel.

  const nameOf = (panel) => panel.querySelector("h2")?.textContent ?? panel.getAttribute("aria-label");

  const lineOf = (element, name) =>
    el(
      "li",
      el("span", name),
      Object.keys(kKinds).map((kind) =>
        ui.button(kind, () => save(element, name, kind), {
          class: "quiet",
          "aria-label": Reel.text("{0} as {1}", name, kind),
        }),
      ),
    );

  const figuresOf = (panel) =>
    [...panel.querySelectorAll("figure")]
      .filter((figure) => figure.checkVisibility())
      .slice(0, kFigures)
      .map((figure) => lineOf(figure, figure.querySelector("figcaption").textContent));

  const menuOf = (panel) => {
    const list = el("ul");
    const menu = el(
      "details.menu",
      {
        ontoggle: () => menu.open && list.replaceChildren(lineOf(panel, nameOf(panel)), ...figuresOf(panel)),
        onfocusout: ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && close(),
        onkeydown: (event) => {
          if (event.key !== "Escape" || !menu.open) return;
          event.preventDefault();
          close();
          menu.firstChild.focus();
        },
      },
      el(
        "summary",
        { title: Reel.text("save as SVG or PNG"), "aria-label": Reel.text("save as SVG or PNG") },
        ui.icon(kDownload),
      ),
      list,
    );
    const close = () => (menu.open = false);
    return menu;
  };

  const kTexts = new Set(["lesson", "predict"]); // have no figures

  // A press beside a menu closes it.
  const closeBeside = ({ target }) => {
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(target)) menu.open = false;
  };

  ui.startSaving = () => {
    document.addEventListener("pointerdown", closeBeside);
    ui.addTool((panel) => (kTexts.has(ui.panelName(panel)) ? null : menuOf(panel)));
  };
}
