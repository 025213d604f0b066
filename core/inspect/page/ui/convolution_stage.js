"use strict";
// A convolution on the stage: window ⊙ kernel = products → the grid that their sum stands in, in one row; a row for
// each channel, output channel or image.
{
  const { ui } = Reel;
  const { el } = ui;
  const kRows = 16; // before all are asked for
  const kSummands = 8; // of a sum that is written out

  // ---- From one number of the convolution to another.

  const lookAs = (k, mode) => {
    const [node, input] = { output: [k.node, -1], weight: [k.w, 1], pixel: [k.x, 0] }[mode];
    const event = input < 0 ? null : ui.gradientFrom(k, input);
    ui.update({ focus: { node, gradient: event !== null && event >= 0, element: 0 }, part: event, cell: null });
  };

  const modeTexts = () => ({
    output: Reel.text("one output"),
    weight: Reel.text("one weight"),
    pixel: Reel.text("one pixel"),
  });

  // ---- The window slides: through all numbers of the grid that the chosen one stands in.

  let shown = null; // the view that is drawn

  const slideOn = () => {
    const { rows, cols, picked, pick } = shown.result;
    const next = (Reel.element([rows, cols], picked) + 1) % (rows * cols);
    pick(...Reel.index([rows, cols], next));
    return next < rows * cols - 1;
  };

  const slideTexts = () => ({ play: Reel.text("▶ slide"), pause: Reel.text("❚❚ pause") });

  // ---- The true convolution.

  const flippedOf = Reel.remembering((node) => ui.trace.flipped(node), new Map());

  // All outputs of the channel, as they are and as they would be.
  const flipView = (k, element) => {
    const shape = ui.trace.nodes[k.node].shape;
    const [n, o, ...picked] = Reel.index(shape, element);
    const { data, reason } = flippedOf(k.node);
    if (reason) return ui.note(reason);
    const first = Reel.element(shape, [n, o, 0, 0]);
    const result = { ...ui.resultGrid(k, false, n, o, () => ""), picked };
    const turned = {
      key: `flipped-${k.node}`,
      title: Reel.text("true convolution"),
      scale: ui.scale({ data }),
      at: (i, j) => data[first + i * k.ow + j],
    };
    return el(
      "div.flipped",
      ui.note(
        Reel.sentences(
          Reel.text("A true convolution turns the kernel by 180° before it multiplies."),
          Reel.text("What deep learning calls convolution does not: it is a cross-correlation."),
          Reel.text("A kernel that is learned is learned turned."),
        ),
      ),
      ui.joined(
        [],
        [
          ui.figure({ ...result, title: Reel.text("{0}: cross-correlation", result.label) }),
          ui.figure({ ...result, ...turned }),
        ],
      ),
    );
  };

  const flipToggle = (k, mode, flip) =>
    ui.toggle("flip", Reel.text("flip the kernel (true convolution)"), flip, (on) =>
      ui.update({
        flip: on,
        focus: mode === "output" ? ui.state.focus : { node: k.node, gradient: false, element: 0 },
      }),
    );

  // ---- Drawing.

  const hiddenFigure = (grid) => ui.captioned(grid.title ?? grid.label, ui.note(Reel.text("hidden")));

  const rowView = ({ name, sum, parts }, several, hide) =>
    el(
      "div.window-channel",
      { role: "group", "aria-label": name },
      ui.joined(
        ["", "⊙", "="],
        parts.map((grid, i) => (i === 2 && hide ? hiddenFigure(grid) : ui.figure(grid))),
        several && el("p.subtotal", el("span", Reel.text("sub-total")), ui.numeral("b", sum, hide)),
      ),
    );

  const rowsView = ({ rows }, hide) => {
    const rest = ui.state.opened.has("window") ? 0 : rows.length - kRows;
    return [
      rows.slice(0, rest > 0 ? kRows : rows.length).map((row) => rowView(row, rows.length > 1, hide)),
      rest > 0 && ui.more(Reel.text("… {0} more.", rest), "window"),
    ];
  };

  // "0 + 1 + 6 + 12 = " of one row, "19 + 37 = " of several; "" where that would say no more than the sum.
  const addedUp = ({ rows, bias }) => {
    const signed = (value) => (value < 0 ? ` - ${Reel.format(-value)}` : ` + ${Reel.format(value)}`);
    const products = rows.length === 1 ? rows[0].summands : [];
    const isShort = products.length > 0 && products.length <= kSummands;
    const summands = isShort ? products : rows.map(({ sum }) => sum);
    if (summands.length === 1 && bias === null) return "";
    const few = summands.map((value, i) => (i ? signed(value) : Reel.format(value))).join("");
    const parts = summands.length <= kSummands ? few : Reel.text("{0} sub-totals", summands.length);
    return [parts, bias !== null && [signed(bias), el("small", " ", Reel.text("bias"))], " = "];
  };

  const sumLine = (view, number, hide, flip) => {
    const { rows, bias = null, sum, correlation } = view;
    const label = ui.addedTo(number.node, number.gradient, ui.label(number));
    const program = Reel.text(
      "cross-correlation, which the program computes, gives {0}",
      hide ? "?" : Reel.format(correlation),
    );
    return el(
      "p.sum-line",
      { id: "window-sum" },
      el("b", flip ? Reel.text("{0} turned", label) : label),
      " = ",
      !hide && addedUp({ rows, bias }),
      ui.numeral("strong", sum, hide),
      flip ? el("span.compare", program) : ui.setNote(number, sum),
    );
  };

  const kMode = ["pixel", "weight"]; // whose gradient a convolution's input has
  const kViews = { output: ui.outputView, weight: ui.weightView, pixel: ui.pixelView };

  /// Whether a convolution's window can be drawn for what an event made.
  ui.showsWindow = ({ op, input }) => ui.isConvolution(op) && input < 2;

  /// What the stage shows of it: {controls, facts, body}.
  ui.windowStage = ({ event, op, input }, state) => {
    const k = ui.convolution(op);
    const mode = kMode[input] ?? "output";
    const flip = state.flip && mode === "output";
    const number = state.focus;
    const view = (shown = kViews[mode](k, { event, element: number.element, cell: state.cell, flip }));
    const hide = ui.hidden(number);
    return {
      controls: [
        ui.choice(Reel.text("look at"), modeTexts(), mode, (to) => lookAs(k, to)),
        ui.playButton("slide", slideTexts(), slideOn),
        mode === "output" && flipToggle(k, mode, flip),
      ],
      facts: Reel.text("{0} = {1}, {2}", ui.nameOf(k.node), ui.callText(k.node), ui.optionsText(k)),
      body: [
        sumLine(view, number, hide, flip),
        el(
          "div.window-row",
          el("div.window-rows", rowsView(view, hide)),
          el("span.joint", { "aria-hidden": "true" }, "→"),
          el("div.window-result", ui.figure(view.result)),
        ),
        el("p.story", Reel.sentences(...view.story)),
        flip && !hide && flipView(k, number.element),
      ],
    };
  };
}
