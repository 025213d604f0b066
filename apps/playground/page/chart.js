"use strict";
// A curve that grows: numbers over steps.
{
  const { ui } = Reel;
  const kHeight = 170; // pixels, as all of these
  const kLeft = 40, kRight = 8, kTop = 10, kBottom = 22;
  const kPoints = 240; // that a curve is drawn of: each the mean of some steps

  const thinned = (points) => {
    const per = Math.ceil(points.length / kPoints);
    const result = [];
    for (let i = 0; i < points.length; i += per) {
      const part = points.slice(i, i + per);
      const mean = (k) => part.reduce((sum, point) => sum + point[k], 0) / part.length;
      result.push([mean(0), mean(1)]);
    }
    return result;
  };

  /// 1, 2 or 5 times a power of ten, such that `most` of it reach over `range`.
  const roundStep = (range, most) => {
    const rough = range / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].find((n) => n * power >= rough) * power;
  };

  const ticks = (low, high, most) => {
    const step = roundStep(high - low, most);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  };

  const line = (points, x, y) => points.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("");

  /// A number beside the axis: 0.5, 2e23.
  const tickText = (value) => (value < 1000 ? value.toFixed(1) : value.toExponential(0).replace("+", ""));

  /// `series` are {points: [[step, number], ...], dots}; the first is in the accent colour, and ends in a dot where
  /// `dots` is. `low` and `high` bound the numbers, `high` at least; `unit` stands behind those beside the axis.
  Reel.chart = ({ label, width, low, high, unit, series }) => {
    const all = series.map(({ points }) => thinned(points));
    const end = Math.max(10, ...all.map((points) => points.at(-1)?.[0] ?? 0));
    const top = Math.max(high, ...all.flat().map(([, value]) => value));
    const x = (step) => kLeft + (step / end) * (width - kLeft - kRight);
    const y = (value) => kHeight - kBottom - ((value - low) / (top - low)) * (kHeight - kTop - kBottom);
    return ui.svg("svg.chart", { viewBox: `0 0 ${width} ${kHeight}`, width, height: kHeight, role: "img", "aria-label": label }, [
      ticks(low, top, 4).map((value) => [
        ui.svg("line", { x1: kLeft, x2: width - kRight, y1: y(value), y2: y(value) }),
        ui.svg("text", { x: kLeft - 6, y: y(value) + 4, "text-anchor": "end" }, unit ? `${value}${unit}` : tickText(value)),
      ]),
      ticks(0, end, 4).map((step) => ui.svg("text", { x: x(step), y: kHeight - 6, "text-anchor": "middle" }, step)),
      all.map((points, i) => ui.svg(`path.series${i}`, { d: line(points, x, y) })),
      series.map(({ dots }, i) => dots && all[i].slice(-1).map(([a, b]) => ui.svg("circle", { cx: x(a), cy: y(b), r: 3 }))),
    ]);
  };
}
