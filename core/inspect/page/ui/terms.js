"use strict";
// Any number on the stage: the tensors that its terms read, with what they read marked, and where the sum stands. Of a
// number that was given, where it is read.
{
  const { ui } = Reel;
  const { el } = ui;
  const kTensors = 3; // that are drawn
  const kWritten = 6; // terms that are written out
  const kWhole = 1024; // numbers that are all marked
  const kSize = { width: 230, height: 230, digits: 3 };
  const kMatrix = 8; // rows and columns of numbers
  const kList = 12; // numbers of a list

  // The slice of a tensor that the first of some elements lies in, with all of them marked.
  const marked = (node, gradient, elements, event) => {
    const { rows, cols, size } = ui.layout(ui.trace.nodes[node].shape);
    const first = Math.floor(elements[0] / size) * size;
    const all = new Set(elements);
    const limit = rows === 1 ? kList : kMatrix;
    const grid = ui.sliceGrid(node, gradient, first, { ...kSize, event, limit, key: `terms-${node}-${gradient}` });
    const outside = elements.filter((element) => element < first || element >= first + size).length;
    const figure = ui.figure({ ...grid, mark: (r, c) => (all.has(first + r * cols + c) ? "tap" : grid.mark(r, c)) });
    return outside ? el("div", figure, ui.note(Reel.text("{0} more in other slices", outside))) : figure;
  };

  const isWhole = (node, gradient) => ui.tensor(node, gradient)?.data?.length > 0;

  // ---- A number that was computed.

  // What the factors stand in: [{node, gradient, elements}].
  const factorsOf = (terms) => {
    const found = new Map();
    for (const f of terms.flatMap(({ a, b }) => [a, b])) {
      if (f.kind === "number") continue;
      const key = `${f.node}/${f.gradient}`;
      if (!found.has(key)) found.set(key, { node: f.node, gradient: f.gradient, elements: [] });
      found.get(key).elements.push(f.element);
    }
    return [...found.values()];
  };

  // What factors were made of that stand in no tensor, as deviations, gates and differences: of the op's inputs the
  // number at the same place, or all of one that is read as a whole.
  const madeOf = ({ op, input }, { node, element }) => {
    const { inputs, reads } = ui.trace.nodes[op];
    return inputs.flatMap((one, i) => {
      const count = Reel.numel(ui.trace.nodes[one].shape);
      if (count === Reel.numel(ui.trace.nodes[node].shape)) return { node: one, gradient: false, elements: [element] };
      const whole = input < 0 && reads[i].kind === "all" && count <= kWhole;
      return whole ? { node: one, gradient: false, elements: Array.from({ length: count }, (_, at) => at) } : [];
    });
  };

  const sourcesOf = (terms, target, focus) => {
    const factors = factorsOf(terms);
    const isNew = (one) => !factors.some(({ node, gradient }) => node === one.node && gradient === one.gradient);
    const made = terms.some(({ a, b }) => a.kind === "number" || b.kind === "number")
      ? madeOf(target, focus).filter(isNew)
      : [];
    const place = ({ node }) => ui.trace.nodes[target.op].inputs.indexOf(node); // of the op's gradient before all
    const inOrder = [...factors, ...made].sort((a, b) => place(a) - place(b));
    return inOrder.filter(({ node, gradient }) => isWhole(node, gradient)).slice(0, kTensors);
  };

  const written = ({ a, b }) =>
    b.kind === "number" && b.value === 1 ? ui.signed(a.value) : `${ui.signed(a.value)} × ${ui.signed(b.value)}`;

  // A single term is a function of a number: its formula says more.
  const termsText = (terms, formula) => {
    if (terms.length === 1) return el("code", formula);
    return terms.length <= kWritten ? terms.map(written).join(" + ") : Reel.text("{0} products", terms.length);
  };

  const sumLine = ({ terms, sum, formula }, number) =>
    el(
      "p.sum-line",
      { id: "terms-sum" },
      el("b", ui.addedTo(number.node, number.gradient, ui.label(number))),
      " = ",
      terms.length > 0 && [termsText(terms, formula), " = "],
      ui.numeral("strong", sum, ui.hidden(number)),
      ui.setNote(number, sum),
    );

  /// What the stage shows of what an event made: {controls, facts, body}.
  ui.termsStage = (target, { focus }) => {
    const { node, gradient, element } = focus;
    const explanation = ui.explain(target.event, element);
    const sources = sourcesOf(explanation.terms, target, focus);
    const figures = sources.map((one) => marked(one.node, one.gradient, one.elements));
    return {
      controls: [],
      facts: [
        Reel.text("{0} = {1}", ui.nameOf(target.op), ui.callText(target.op)),
        " · ",
        el("code", explanation.formula),
      ],
      body: [
        sumLine(explanation, focus),
        el(
          "div.window-row",
          el("div.figures", figures),
          figures.length > 0 && el("span.joint", { "aria-hidden": "true" }, "→"),
          isWhole(node, gradient) && el("div.window-result", marked(node, gradient, [element], target.event)),
        ),
      ],
    };
  };

  // ---- A number that was given.

  const readerView = (reader, elements) =>
    isWhole(reader, false)
      ? marked(reader, false, elements)
      : ui.note(Reel.text("{0} is not yet computed.", ui.nameOf(reader)));

  const gradientLink = ({ node, element }) => {
    const link = { node, gradient: true, element };
    return ui.trace.gradEvents(node).length > 0
      ? ui.note(Reel.pieces("What the loss makes of it: {0}", ui.link(link)))
      : null;
  };

  const usesText = (uses) => {
    const reason = uses.find((use) => use.reason)?.reason;
    if (reason) return Reel.text("It is given. Where it goes is not in the page: {0}.", reason);
    if (!uses.length) return Reel.text("It is given, and nothing reads it.");
    return Reel.text("It is given. The numbers that read it are marked: {0}.", uses.length);
  };

  ui.givenStage = (focus) => {
    const uses = ui.trace.uses(focus.node, focus.element);
    const readers = [...new Set(uses.map(({ node }) => node))];
    const of = (reader) => uses.flatMap(({ node, element }) => (node === reader ? [element] : []));
    const known = uses.every(({ reason }) => !reason);
    const whole = isWhole(focus.node, false);
    return [
      el("p.sum-line", ui.told(focus)),
      el(
        "div.window-row",
        whole && el("div.window-result", marked(focus.node, false, [focus.element])),
        known && readers.length > 0 && el("span.joint", { "aria-hidden": "true" }, "→"),
        known &&
          el(
            "div.figures",
            readers.slice(0, kTensors).map((reader) => readerView(reader, of(reader))),
          ),
      ),
      el("p.story", usesText(uses)),
      gradientLink(focus),
    ];
  };
}
