"use strict";
// Where the windows of a convolution lie, and the grids that its pictures are made of.
{
  const { ui } = Reel;
  const kNumbers = (ui.kNumbersOfStage = 9); // rows and columns beyond which an image is a heat map

  // Digits of numbers that are not whole, of so many in a row.
  const digitsOf = (ui.digitsOfRow = (count) => (count > 3 ? 2 : 3));

  // Windows of images are multiplied by a kernel of their shape.
  ui.isConvolution = (node) => {
    const { reads, inputs, shape } = ui.trace.nodes[node];
    if (inputs.length < 2 || reads[0].kind !== "window" || reads[1].kind !== "weight") return false;
    const [outputs, , h = 1, w = 1] = ui.trace.nodes[inputs[1]].shape;
    const [kh, kw] = reads[0].kernel;
    const slides = Math.min(...reads[0].stride) > 0; // else it is a line that a linear reads
    return outputs === shape[1] && h === kh && w === kw && slides;
  };

  /// Sizes and options of a convolution.
  ui.convolution = (node) => {
    const { inputs, shape, options, reads } = ui.trace.nodes[node];
    const [x, w, b] = inputs;
    const [, c, h, width] = ui.trace.nodes[x].shape;
    const [n, o, oh, ow] = shape;
    const { stride, dilation } = reads[0];
    const [kh, kw] = reads[0].kernel;
    const { padding = [0, 0, 0, 0], groups: [groups] = [1] } = options; // of a kernel of one pixel there are none
    const [top, bottom, left, right] = padding;
    const window = { kh, kw, stride, dilation, top, bottom, left, right };
    const grouped = { groups, groupIn: c / groups, groupOut: o / groups };
    return { node, x, w, b, c, h, width, n, o, oh, ow, ...window, ...grouped };
  };

  /// The first input channel that an output channel reads.
  ui.firstChannel = (k, o) => Math.floor(o / k.groupOut) * k.groupIn;

  /// Where tap (u, v) of the window of output (i, j) lies in the input: negative or beyond it in the padding.
  ui.tapAt = (k, i, j, u, v) => [
    i * k.stride[0] + u * k.dilation[0] - k.top,
    j * k.stride[1] + v * k.dilation[1] - k.left,
  ];
  ui.inImage = (k, h, w) => h >= 0 && w >= 0 && h < k.h && w < k.width;

  /// The outputs whose windows hold a pixel, with the tap that meets it.
  ui.touchedBy = (k, h, w) => {
    const { stride, dilation } = k;
    const met = ui.cells(k.kh, k.kw).map(([u, v]) => {
      const [i, j] = [(h + k.top - u * dilation[0]) / stride[0], (w + k.left - v * dilation[1]) / stride[1]];
      return { i, j, u, v };
    });
    const isPlace = (at, count) => Number.isInteger(at) && at >= 0 && at < count;
    return met.filter(({ i, j }) => isPlace(i, k.oh) && isPlace(j, k.ow));
  };

  /// The event in which a convolution adds to the gradient of one of its inputs, -1 where it does not.
  ui.gradientFrom = (k, input) =>
    ui.trace.events.findIndex((e) => e.kind === "backward" && e.op === k.node && e.input === input);

  ui.optionsText = (k) => {
    const pair = ([a, b]) => (a === b ? a : `${a}×${b}`);
    const pads = [k.top, k.bottom, k.left, k.right];
    const padding = pads.every((p) => p === pads[0]) ? pads[0] : pads.join(",");
    return Reel.text(
      "kernel {0}, stride {1}, padding {2}, dilation {3}, groups {4}",
      ...[`${k.kh}×${k.kw}`, pair(k.stride), padding, pair(k.dilation), k.groups],
    );
  };

  /// One channel of an image with the padding around it. `marks(h, w)` says how a pixel is marked.
  ui.imageGrid = (k, n, c, marks, more) => {
    const gradient = ui.trace.gradEvents(k.x).length > 0;
    const first = (n * k.c + c) * k.h * k.width;
    const inside = (r, s) => ui.inImage(k, r - k.top, s - k.left);
    const size = [k.h + k.top + k.bottom, k.width + k.left + k.right];
    const place = (r, s) => first + (r - k.top) * k.width + s - k.left;
    const image = ui.tensorGrid(k.x, false, size, place);
    return {
      ...image,
      key: `image-${k.node}-${n}-${c}`,
      origin: [-k.top, -k.left],
      label: `${ui.briefName(k.x)}[${n},${c}]`,
      digits: digitsOf(size[1]),
      width: 160,
      height: 160,
      limit: kNumbers,
      border: Math.max(k.top + k.bottom, k.left + k.right),
      at: (r, s) => (inside(r, s) ? image.at(r, s) : null),
      mark: (r, s) => `${inside(r, s) ? "" : "pad"} ${marks(r - k.top, s - k.left)}`,
      pick: (r, s) => ui.look(k.x, gradient, place(r, s)),
      ...more,
    };
  };

  /// One kernel slice w[o,c]. `turned` shows it as the true convolution applies it.
  ui.kernelGrid = (k, o, c, marks, turned = false) => {
    const first = (o * k.groupIn + c) * k.kh * k.kw;
    const last = first + k.kh * k.kw - 1;
    const place = (u, v) => (turned ? last - u * k.kw - v : first + u * k.kw + v);
    return ui.tensorGrid(k.w, false, [k.kh, k.kw], place, {
      key: `kernel-${k.node}-${o}-${c}`,
      width: 160,
      label: `${ui.briefName(k.w)}[${o},${c}]`,
      digits: digitsOf(k.kw),
      mark: marks,
      pick: (u, v) => ui.look(k.w, true, place(u, v)),
    });
  };

  /// One channel of what the convolution made, or of its gradient.
  ui.resultGrid = (k, gradient, n, o, marks, more) => {
    const first = (n * k.o + o) * k.oh * k.ow;
    const place = (i, j) => first + i * k.ow + j;
    return ui.tensorGrid(k.node, gradient, [k.oh, k.ow], place, {
      key: `result-${k.node}-${gradient}-${n}-${o}`,
      width: 160,
      height: 160,
      limit: kNumbers,
      label: `${ui.briefName(k.node, gradient)}[${n},${o}]`,
      digits: digitsOf(k.ow),
      mark: (i, j) => `${marks(i, j)} ${ui.markOf({ node: k.node, gradient, element: place(i, j) })}`,
      ...more,
    });
  };
}
