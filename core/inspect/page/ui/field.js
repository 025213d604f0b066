"use strict";
// The receptive field: which pixels of each earlier image a number depends on.
{
  const { ui } = Reel;
  const { el } = ui;

  const isImage = (node) => {
    const { shape } = ui.trace.nodes[node];
    return shape.length === 4 && Reel.numel(shape) > 0;
  };

  // Whether the program goes over images at all, by more than each pixel for itself.
  const hasWindows = Reel.remembering((trace) =>
    trace.nodes.some(({ reads }) => reads.some(({ kind }) => kind === "window" || kind === "transposed")),
  );

  const isPixel = ({ node, gradient }) => !gradient && ui.trace.nodes[node].inputs.length > 0 && isImage(node);

  // The pixel to look at in place of a number that is none: its value, else the middle of the nearest computed image.
  const nearest = ({ node, element }) => {
    if (ui.trace.nodes[node].inputs.length && isImage(node)) return { node, gradient: false, element };
    const computed = (one) => ui.trace.nodes[one].inputs.length > 0 && isImage(one);
    const before = ui.trace.receptiveField(node, element).map((field) => field.node);
    const found = before.find(computed) ?? ui.trace.nodes.findLastIndex((_, one) => computed(one));
    if (found < 0) return null;
    const { shape } = ui.trace.nodes[found];
    return { node: found, gradient: false, element: Reel.element(shape, [0, 0, shape[2] >> 1, shape[3] >> 1]) };
  };

  const elsewhere = (focus) => {
    const target = nearest(focus);
    if (!target) return null;
    return ui.note(
      Reel.pieces(
        "{0} is no pixel of an image that was computed: it has no receptive field. The nearest that has one: {1}",
        ui.label(focus),
        ui.link(target),
      ),
    );
  };

  const sideText = ({ first, last, before, after }) => {
    const range = first === last ? `${first}` : Reel.text("{0} to {1}", first, last);
    return before + after > 0 ? Reel.text("{0} (and {1} of padding)", range, before + after) : range;
  };

  const cells = (field) => {
    const { kind, rows, columns } = field;
    const whole = (text) => el("td", { colspan: 4 }, text);
    if (kind === "all") return whole(Reel.text("all of it"));
    if (kind === "unknown") return whole(Reel.text("part of it, not followed"));
    if (rows.last < rows.first || columns.last < columns.first) return whole(Reel.text("padding alone"));
    const { size, jump } = ui.trace.movingField(field) || { size: [], jump: [] };
    return [
      el("td", sideText(rows)),
      el("td", sideText(columns)),
      el("td", size.join("×")),
      el("td", (jump[0] === jump[1] ? jump.slice(1) : jump).map((one) => Reel.format(one)).join("×")),
    ];
  };

  // The farthest image, with the field in a frame.
  const picture = (target, fields) => {
    const field = fields.filter(({ node, kind }) => kind === "pixels" && isImage(node)).pop();
    const tensor = field && field.node !== target.node ? ui.tensor(field.node, false) : null;
    if (!tensor?.data) return null;
    const { rows: cells, cols } = ui.layout(tensor.shape);
    const { rows, columns } = field;
    const [n] = Reel.index(ui.trace.nodes[target.node].shape, target.element);
    const first = n * tensor.shape[1] * cells * cols;
    const inField = (r, c) => r >= rows.first && r <= rows.last && c >= columns.first && c <= columns.last;
    return ui.figure({
      ...ui.sliceGrid(field.node, false, first),
      key: "field-picture",
      title: Reel.text("{0}: what {1} sees", `${ui.nameOf(field.node)}[${n},0,:,:]`, ui.label(target)),
      width: 320,
      picked: null,
      mark: (r, c) => (inField(r, c) ? "window" : ""),
      frame: [rows.first, columns.first, rows.last, columns.last],
    });
  };

  const withStatistics = (fields) => {
    const ofBatch = ({ node }) => ui.trace.nodes[node].reads.some(({ kind }) => kind === "batch");
    const field = fields.find(ofBatch);
    if (!field) return null;
    return ui.note(
      Reel.text(
        "In training {0} takes mean and variance of every pixel of the batch; in eval mode it goes pixel by pixel.",
        ui.trace.nodes[field.node].op,
      ),
    );
  };

  const draw = ({ focus: target }) => {
    if (!hasWindows(ui.trace)) return null;
    if (!isPixel(target)) return elsewhere(target);
    const fields = ui.trace.receptiveField(target.node, target.element);
    return [
      el(
        "p.story",
        Reel.pieces(
          "{0} depends on these parts of what came before it. The size counts padding; the jump is how far the field moves for the next number.",
          el("b", ui.label(target)),
        ),
      ),
      el(
        "div.beside",
        ui.table(
          "fields",
          [
            Reel.text("tensor"),
            Reel.text("rows"),
            Reel.text("columns"),
            Reel.text("size"),
            ui.word("jump", Reel.text("jump")),
          ],
          fields.map((field) => el("tr", ui.opCell(field.node), cells(field))),
        ),
        picture(target, fields),
      ),
      withStatistics(fields),
    ];
  };

  ui.panel("panel-rf", ({ time, focus, predict, solved }) => [time, focus, predict, solved], draw);
}
