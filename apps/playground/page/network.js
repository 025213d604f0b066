"use strict";
// The network: a list of layers that the visitor changes, each with what comes out of it.
{
  const { ui, playground } = Reel;
  const { ask, on, tell, show } = playground;

  const presets = {
    lenet: {
      name: Reel.text("LeNet-5"),
      layers: [
        { kind: "conv", channels: 6, kernel: 5, padding: 2 },
        { kind: "relu" },
        { kind: "max_pool" },
        { kind: "conv", channels: 16, kernel: 5 },
        { kind: "relu" },
        { kind: "max_pool" },
        { kind: "linear", outputs: 120 },
        { kind: "relu" },
        { kind: "linear", outputs: 84 },
        { kind: "relu" },
      ],
    },
    plain: {
      name: Reel.text("Hidden layer"),
      layers: [{ kind: "linear", outputs: 64 }, { kind: "relu" }],
    },
    separable: {
      name: Reel.text("Depthwise"),
      layers: [
        { kind: "conv", channels: 8, kernel: 3, stride: 2, padding: 1 },
        { kind: "batch_norm" },
        { kind: "relu" },
        { kind: "depthwise", kernel: 3, padding: 1 },
        { kind: "conv1x1", channels: 24 },
        { kind: "batch_norm" },
        { kind: "relu" },
        { kind: "max_pool" },
        { kind: "depthwise", kernel: 3, padding: 1 },
        { kind: "conv1x1", channels: 32 },
        { kind: "relu" },
        { kind: "global_avg_pool" },
      ],
    },
  };

  let kinds = []; // what layers there are, as answers.cpp tells
  let layers = presets.lenet.layers.map((layer) => ({ ...layer }));
  let facts = null; // of these layers; where one does not fit, of those before it
  let fault = null; // {message, line} then
  let trained = null; // the layers that the training is of
  let changed = false; // since it began

  const kindOf = ({ kind }) => kinds.find(({ name }) => name === kind);

  // ---- What is done.

  const lookAtIt = async () => {
    try {
      facts = await ask({ ask: "try", layers });
      fault = null;
    } catch (error) {
      fault = error;
      facts = await ask({ ask: "try", layers: layers.slice(0, error.line - 1) });
    }
    draw();
  };

  const change = (edit) => {
    edit();
    changed = true;
    lookAtIt();
  };

  /// With the layers of the list, or those of before where it has a fault.
  const begin = async () => {
    if (!fault) trained = structuredClone(layers);
    const network = await playground.training.start(trained);
    if (!fault) [facts, changed] = [network, false];
    draw();
  };

  const move = (sign, at, by) =>
    change(() => {
      layers.splice(at + by, 0, ...layers.splice(at, 1));
      ui.nextKey = `${sign}-${at + by}`;
    });

  /// At the end, or before the first linear where it works on images.
  const add = (kind) =>
    change(() => {
      const linear = layers.findIndex((layer) => layer.kind === "linear");
      const at = kindOf({ kind }).ofImages && linear >= 0 ? linear : layers.length;
      layers.splice(at, 0, { kind });
    });

  // ---- What is shown.

  const fieldText = (field) => (field ? Reel.text("sees {0}×{1} pixels", field.h, field.w) : "");
  const shapeText = (shape) => shape.join("×");

  const rowsOf = (line) => (fault && line >= fault.line ? [] : facts.rows.filter((row) => row.line === line));

  const outcome = (rows) => {
    const last = rows.at(-1);
    const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
    return ui.el(
      "p.outcome",
      ui.el("b", shapeText(last.output)),
      parameters > 0 && ui.el("span", Reel.text("{0} parameters", parameters.toLocaleString("en"))),
      last.field && ui.el("span", fieldText(last.field)),
    );
  };

  const numberField = (layer, { name, title, least, most, usual, whole }) =>
    ui.el(
      "label",
      title,
      ui.el("input", {
        type: "number",
        min: least,
        max: most,
        step: whole ? 1 : 0.05,
        value: layer[name] ?? usual,
        "data-key": `layer-${layers.indexOf(layer)}-${name}`,
        onchange: (event) => change(() => (layer[name] = Number(event.target.value))),
      }),
    );

  const row = (layer, at) => {
    const rows = rowsOf(at + 1);
    const { title, numbers } = kindOf(layer);
    const tool = (sign, label, act, attributes = {}) =>
      ui.button(sign, act, { class: "quiet", "aria-label": label, title: label, "data-key": `${sign}-${at}`, ...attributes });
    return ui.el(
      "li",
      { class: fault?.line === at + 1 && "wrong" },
      ui.el(
        "div.layer-head",
        ui.el("b", rows.at(-1)?.part ?? title),
        ui.el("span.kind", rows.length > 0 && title),
        tool("↑", Reel.text("Move up"), () => move("↑", at, -1), { disabled: at === 0 }),
        tool("↓", Reel.text("Move down"), () => move("↓", at, 1), { disabled: at === layers.length - 1 }),
        tool("×", Reel.text("Remove"), () => change(() => layers.splice(at, 1))),
      ),
      numbers.length > 0 && ui.el("div.layer-numbers", numbers.map((number) => numberField(layer, number))),
      rows.length > 0 && outcome(rows),
      fault?.line === at + 1 && ui.el("p.error", { role: "alert" }, fault.message),
    );
  };

  const adder = () =>
    ui.el(
      "select",
      {
        "aria-label": Reel.text("Add a layer"),
        id: "add-layer",
        "data-key": "add-layer",
        onchange: (event) => add(event.target.value),
      },
      ui.el("option", { value: "" }, Reel.text("Add a layer …")),
      kinds.map(({ name, title }) => ui.el("option", { value: name }, title)),
    );

  const chosen = () => Object.keys(presets).find((name) => JSON.stringify(presets[name].layers) === JSON.stringify(layers));

  const presetChoice = () =>
    ui.choice(
      Reel.text("A network to begin with"),
      Object.fromEntries(Object.entries(presets).map(([key, { name }]) => [key, name])),
      chosen(),
      (key) => {
        layers = presets[key].layers.map((layer) => ({ ...layer }));
        change(() => {});
      },
    );

  const logitsRow = () => {
    const rows = rowsOf(layers.length + 1);
    return ui.el(
      "li.logits",
      ui.el("div.layer-head", ui.el("b", rows.at(-1)?.part ?? Reel.text("linear")), ui.el("span.kind", Reel.text("the logits, one for each class"))),
      rows.length > 0 && outcome(rows),
      fault?.line === layers.length + 1 && ui.el("p.error", { role: "alert" }, fault.message),
    );
  };

  const draw = () =>
    show(
      "panel-network",
      presetChoice(),
      ui.el("ol.layers", layers.map(row), logitsRow()),
      ui.el("div.controls", adder(), !fault && ui.el("span.note", Reel.text("{0} parameters in all", facts.parameters.toLocaleString("en")))),
      changed && ui.button(Reel.text("Train this network"), begin, { class: "primary", disabled: fault !== null, id: "use-network" }),
    );

  on("restart", begin);
  /// Draws the list, and begins with it.
  playground.startNetwork = async () => {
    ({ kinds } = await ask({ ask: "kinds" }));
    await lookAtIt();
    await begin();
  };
}
