"use strict";
// A tensor that is too large for the page: statistics, a histogram, the largest numbers, a part of it, and the
// command that gives the rest.
{
  const { ui } = Reel;
  const { el, svg } = ui;
  const kCrops = 4; // slices of the part

  const text = (value) => Reel.format(Reel.numberOf(value));

  const histogram = ({ low, high, counts }) => {
    const most = Math.max(1, ...counts);
    const width = 320;
    const height = 70;
    const step = width / counts.length;
    const bar = (count, i) => {
      const size = Math.max(count ? 1 : 0, (height * count) / most);
      return svg("rect", { x: i * step + 0.5, width: step - 1, y: height * (1 - count / most), height: size });
    };
    return ui.captioned(
      Reel.text("histogram"),
      svg(
        "svg.histogram",
        {
          viewBox: `0 0 ${width} ${height + 14}`,
          role: "img",
          "aria-label": Reel.text("histogram from {0} to {1}", text(low), text(high)),
        },
        counts.map(bar),
        svg("text", { x: 0, y: height + 12 }, text(low)),
        svg("text", { x: width, y: height + 12, "text-anchor": "end" }, text(high)),
      ),
    );
  };

  const kStatistics = {
    min: () => Reel.text("min"),
    max: () => Reel.text("max"),
    mean: () => Reel.text("mean"),
    std: () => Reel.text("std"),
    zeros: () => Reel.text("zeros"),
    nonfinite: () => Reel.text("nonfinite"),
  };

  const facts = (numel, stats = {}) =>
    el(
      "dl.stats",
      ui.fact(Reel.text("elements"), ui.grouped(numel)),
      Object.entries(kStatistics).map(([name, said]) => name in stats && ui.fact(said(), text(stats[name]))),
    );

  const largest = (node, gradient, top) => {
    const line = ([element, value]) =>
      el("li", ui.link({ node, gradient, element }), " ", ui.numeral("span", Reel.numberOf(value)));
    return ui.captioned(Reel.text("largest magnitudes"), el("ol.top", top.map(line)));
  };

  const crop = (node, gradient, { start, shape, data }) => {
    const { rows, cols, lead, size } = ui.layout(shape);
    const scale = ui.scale({ data });
    const from = (s) => Reel.bracketed(start.map((at, d) => at + (Reel.index(lead, s)[d] ?? 0)));
    return Array.from({ length: Math.min(kCrops, Reel.numel(lead)) }, (_, s) =>
      ui.figure({
        title: Reel.text("from {0}, of a part of shape {1}", from(s), ui.shapeText(shape)),
        key: `crop-${node}-${gradient}-${s}`,
        rows,
        cols,
        scale,
        label: Reel.text("a part of it"),
        width: 420,
        at: (r, c) => data[s * size + r * cols + c],
      }),
    );
  };

  ui.summary = (node, gradient, { shape, summary }) => {
    const name = ui.nameOf(node, gradient);
    const slice = shape.map((_, d) => (d < shape.length - 2 ? "0" : ":")).join(",");
    return [
      ui.note(
        Reel.pieces(
          "Too large for the page in full. The terminal has every number: {0}, {1}",
          el("code", `print ${name}[${slice}]`),
          el("code", `why ${name}[…]`),
        ),
      ),
      facts(summary.numel, summary.stats),
      el(
        "div.slices",
        summary.histogram && histogram(summary.histogram),
        summary.top && largest(node, gradient, summary.top),
        summary.crop && crop(node, gradient, summary.crop),
      ),
    ];
  };
}
