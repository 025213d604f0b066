"use strict";
// Numbers step by step, as a curve: the loss of a training.
{
  const { ui } = Reel;
  const { svg } = ui;

  const kWidth = 400;
  const kHeight = 120;
  const kLeft = 80; // for the numbers of the axis
  const kLogarithmic = 50; // a curve whose numbers differ by a larger factor has a logarithmic axis

  // How a number becomes a height: from 0, the lowest, to 1.
  const axisOf = (numbers) => {
    const finite = numbers.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const logarithmic = low > 0 && high > kLogarithmic * low;
    const scaled = logarithmic ? Math.log : (x) => x;
    const range = scaled(high) - scaled(low) || 1;
    return { low, high, logarithmic, at: (number) => (scaled(number) - scaled(low)) / range };
  };

  /// The numbers of steps 0, 1, ... as a figure; what is not finite is left out.
  ui.curve = (name, numbers) => {
    const last = numbers.length - 1;
    const axis = axisOf(numbers);
    const x = (i) => kLeft + ((kWidth - kLeft - 6) * i) / last;
    const y = (number) => 8 + (kHeight - 16) * (1 - axis.at(number));
    const points = numbers.flatMap((n, i) => (Number.isFinite(n) ? `${x(i).toFixed(1)},${y(n).toFixed(1)}` : []));
    const label = (number) =>
      svg("text", { x: kLeft - 8, y: y(number) + 4, "text-anchor": "end" }, Reel.format(number, 3));
    const [from, to] = [numbers[0], numbers[last]].map((n) => Reel.format(n));
    return ui.captioned(
      axis.logarithmic
        ? Reel.text("{0} after each step, on a logarithmic axis", name)
        : Reel.text("{0} after each step", name),
      svg(
        "svg.curve",
        {
          viewBox: `0 0 ${kWidth} ${kHeight + 18}`,
          role: "img",
          "aria-label": Reel.text("{0} from {1} to {2} at step {3}", name, from, to, last),
        },
        svg("path.axis", { d: `M${kLeft} 4V${kHeight}H${kWidth}` }),
        label(axis.high),
        axis.low < axis.high && label(axis.low),
        svg("text", { x: kLeft, y: kHeight + 14 }, "0"),
        svg("text", { x: kWidth, y: kHeight + 14, "text-anchor": "end" }, Reel.text("step {0}", last)),
        svg("polyline", { points: points.join(" ") }),
      ),
    );
  };
}
