"use strict";
// Convolutions: conv2d, conv1x1, and conv_transpose2d, which has the same sums in other places.
{
  // Sizes and options. `images` is x of a convolution and the output of a transposed one, `results` the
  // other of the two.
  const convolutionOf = (call, images, results) => {
    const weight = call.inputs[1].shape;
    const { stride = [1, 1], padding = [0, 0, 0, 0], dilation = [1, 1], groups = [1] } = call.options;
    const [kernelH, kernelW] = weight.length === 4 ? weight.slice(2) : [1, 1];
    const [batch, inChannels, inH, inW] = images.shape;
    const [, outChannels, outH, outW] = results.shape;
    return {
      batch,
      inChannels,
      inH,
      inW,
      outChannels,
      outH,
      outW,
      kernelH,
      kernelW,
      dilation,
      stride,
      taps: kernelH * kernelW,
      top: padding[0],
      left: padding[2],
      groupIn: inChannels / groups[0],
      groupOut: outChannels / groups[0],
      groups: groups[0],
    };
  };
  const forwardSizes = (call) => convolutionOf(call, call.inputs[0], call.output);
  const transposedSizes = (call) => convolutionOf(call, call.output, call.inputs[0]);

  // f(place in the images, in the weight, in the results) for every product of the convolution.
  const forEachProduct = (s, f) => {
    for (let no = 0; no < s.batch * s.outChannels; no++) {
      const o = no % s.outChannels;
      const n = (no - o) / s.outChannels;
      const first = Math.floor(o / s.groupOut) * s.groupIn;
      for (let c = 0; c < s.groupIn; c++) {
        const plane = (n * s.inChannels + first + c) * s.inH * s.inW;
        for (let t = 0; t < s.taps; t++) {
          forEachPlace(s, t, (h, w, i, j) => {
            f(plane + h * s.inW + w, (o * s.groupIn + c) * s.taps + t, (no * s.outH + i) * s.outW + j);
          });
        }
      }
    }
  };

  // f(row and column in the image, row and column in the result) where tap t of the kernel meets the image.
  const forEachPlace = (s, t, f) => {
    const v = t % s.kernelW;
    const top = ((t - v) / s.kernelW) * s.dilation[0] - s.top;
    const left = v * s.dilation[1] - s.left;
    for (let i = 0; i < s.outH; i++) {
      const h = i * s.stride[0] + top;
      if (h < 0 || h >= s.inH) continue;
      for (let j = 0; j < s.outW; j++) {
        const w = j * s.stride[1] + left;
        if (w >= 0 && w < s.inW) f(h, w, i, j);
      }
    }
  };

  // The output's channels begin with the bias, where there is one.
  const startingWithBias = (call) => {
    const y = new Float64Array(Reel.numel(call.output.shape));
    if (call.inputs.length < 3) return y;
    const [, channels, h, w] = call.output.shape;
    for (let i = 0; i < y.length; i++) y[i] = call.inputs[2].data[Math.floor(i / (h * w)) % channels];
    return y;
  };

  const convolve = (call) => {
    const y = startingWithBias(call);
    const [x, weight] = [call.inputs[0].data, call.inputs[1].data];
    forEachProduct(forwardSizes(call), (image, w, result) => (y[result] += x[image] * weight[w]));
    return y;
  };

  const convolveTransposed = (call) => {
    const y = startingWithBias(call);
    const [x, weight] = [call.inputs[0].data, call.inputs[1].data];
    forEachProduct(transposedSizes(call), (image, w, result) => (y[image] += x[result] * weight[w]));
    return y;
  };

  // ---- How explanations write places: "i+0", "2i-1"; "3-u", "(3-2u)/2".

  const signed = (n) => (n < 0 ? String(n) : `+${n}`);
  const scaled = (step, name) => `${step === 1 ? "" : step}${name}`;
  const ascending = (name, step, start) => scaled(step, name) + signed(start);
  const descending = (start, step, name, stride) => {
    const text = `${start}-${scaled(step, name)}`;
    return stride === 1 ? text : `(${text})/${stride}`;
  };

  const pixel = (e) => {
    const [n, channel, row, column] = e.index;
    const side = e.ofOutput() ? "output" : "input";
    return `image ${n}, ${side} channel ${channel}, row ${row}, column ${column}`;
  };

  // A tensor as its explanation names and reads it.
  const inputTensor = (e, i) => ({ name: e.xName(i), gradient: false, at: (place) => e.x(i, place) });
  const dyTensor = (e) => ({ name: e.dyName(), gradient: true, at: (place) => e.dy(place) });

  // "w[0,c,u,v]", "w[0,c]"
  const weightText = (e, out, inner, s) => {
    if (e.call.inputs[1].shape.length === 2) return `${e.xName(1)}[${out},${inner}]`;
    return `${e.xName(1)}[${out},${inner},${s.taps === 1 ? "0,0" : "u,v"}]`;
  };
  const hasBias = (e) => e.ofOutput() && e.has(2);
  const biasText = (e) => (hasBias(e) ? ` + ${e.xName(2)}[${e.index[1]}]` : "");
  const biasTerm = (e) => {
    if (hasBias(e)) e.term([], e.x(2, e.index[1]), e.number(1), "bias");
  };
  // A kernel of one pixel has no loop over its pixels.
  const channelLoop = (s, channel) => (s.taps === 1 ? [channel] : [channel, "u", "v"]);
  const forEachTap = (s, f) => {
    for (let u = 0; u < s.kernelH; u++) {
      for (let v = 0; v < s.kernelW; v++) f(u, v);
    }
  };
  const within = (s, h, w) => h >= 0 && h < s.inH && w >= 0 && w < s.inW;

  const isPlace = (i, count) => Number.isInteger(i) && i >= 0 && i < count;

  // ---- The three sums.

  // An element of the results: sum over c,u,v of images * weight.
  const explainResult = (e, s, images) => {
    const [n, o, row, column] = e.index;
    const first = Math.floor(o / s.groupOut) * s.groupIn;
    const top = row * s.stride[0] - s.top;
    const left = column * s.stride[1] - s.left;
    const channel = s.groups === 1 ? "c" : ascending("c", 1, first);
    const window =
      s.taps === 1
        ? `${top},${left}`
        : `${ascending("u", s.dilation[0], top)},${ascending("v", s.dilation[1], left)}`;
    e.rule(
      pixel(e),
      `sum over ${channelLoop(s, "c").join(",")} of ${images.name}[${n},${channel},${window}] * ` +
        weightText(e, o, "c", s) +
        biasText(e),
      channelLoop(s, "c"),
    );
    for (let c = 0; c < s.groupIn; c++) {
      forEachTap(s, (u, v) => {
        const loop = s.taps === 1 ? [c] : [c, u, v];
        const h = top + u * s.dilation[0];
        const w = left + v * s.dilation[1];
        const weight = e.x(1, (o * s.groupIn + c) * s.taps + u * s.kernelW + v);
        if (!within(s, h, w)) return e.leftOut(loop, weight, "padding");
        e.term(loop, images.at(((n * s.inChannels + first + c) * s.inH + h) * s.inW + w), weight);
      });
    }
    biasTerm(e);
  };

  // An element of the images: sum over o,u,v of results * weight, where the kernel meets it.
  const explainImage = (e, s, results) => {
    const [n, channel, row, column] = e.index;
    const group = Math.floor(channel / s.groupIn);
    const c = channel % s.groupIn;
    const [h, w] = [row + s.top, column + s.left];
    const strided = s.stride[0] > 1 || s.stride[1] > 1;
    const single = s.taps === 1 && !strided;
    const [i, j] = [
      single ? h : descending(h, s.dilation[0], "u", s.stride[0]),
      single ? w : descending(w, s.dilation[1], "v", s.stride[1]),
    ];
    e.rule(
      pixel(e),
      `sum over ${channelLoop(s, "o").join(",")} of ${results.name}[${n},o,${i},${j}] * ` +
        weightText(e, "o", c, s) +
        biasText(e) +
        (strided ? ", where that is a whole position" : ""),
      channelLoop(s, "o"),
    );
    for (let o = group * s.groupOut; o < (group + 1) * s.groupOut; o++) {
      forEachTap(s, (u, v) => {
        const i = (h - u * s.dilation[0]) / s.stride[0];
        const j = (w - v * s.dilation[1]) / s.stride[1];
        if (!isPlace(i, s.outH) || !isPlace(j, s.outW)) return;
        e.term(
          s.taps === 1 ? [o] : [o, u, v],
          results.at(((n * s.outChannels + o) * s.outH + i) * s.outW + j),
          e.x(1, (o * s.groupIn + c) * s.taps + u * s.kernelW + v),
        );
      });
    }
    biasTerm(e);
  };

  const weightRule = (e, s, images, results, top, left) => {
    const [o, c, u = 0, v = 0] = e.index;
    const channel = Math.floor(o / s.groupOut) * s.groupIn + c;
    const result = `${results.name}[n,${o},i,j]`;
    const [row, column] = [ascending("i", s.stride[0], top), ascending("j", s.stride[1], left)];
    const image = `${images.name}[n,${channel},${row},${column}]`;
    const [from, to] = images.gradient ? [o, channel] : [channel, o]; // transposed: the output is the images
    e.rule(
      `input channel ${from} -> output channel ${to}, kernel row ${u}, column ${v}`,
      `sum over n,i,j of ${images.gradient ? `${image} * ${result}` : `${result} * ${image}`}`,
      ["n", "i", "j"],
    );
    return channel;
  };

  // An element of the weight's gradient: sum over n,i,j of results * images, the gradient first.
  const explainWeight = (e, s, images, results) => {
    const [o, , u = 0, v = 0] = e.index;
    const top = u * s.dilation[0] - s.top;
    const left = v * s.dilation[1] - s.left;
    const channel = weightRule(e, s, images, results, top, left);
    for (let n = 0; n < s.batch; n++) {
      for (let p = 0; p < s.outH * s.outW; p++) {
        const [i, j] = [Math.floor(p / s.outW), p % s.outW];
        const h = i * s.stride[0] + top;
        const w = j * s.stride[1] + left;
        const result = results.at((n * s.outChannels + o) * s.outH * s.outW + p);
        if (!within(s, h, w)) {
          e.leftOut([n, i, j], result, "padding");
          continue;
        }
        const image = images.at(((n * s.inChannels + channel) * s.inH + h) * s.inW + w);
        e.term([n, i, j], images.gradient ? image : result, images.gradient ? result : image);
      }
    }
  };

  const explainBias = (e) => {
    const [batch, channels, rows, columns] = e.call.dy.shape;
    const channel = e.index[0];
    e.rule(`output channel ${channel}`, `sum over n,i,j of ${e.dyName()}[n,${channel},i,j]`, ["n", "i", "j"]);
    for (let n = 0; n < batch; n++) {
      for (let p = 0; p < rows * columns; p++) {
        const place = [n, Math.floor(p / columns), p % columns];
        e.term(place, e.dy((n * channels + channel) * rows * columns + p), e.number(1));
      }
    }
  };

  const convolution = {
    forward: convolve,
    explain(e) {
      const s = forwardSizes(e.call);
      if (e.ofOutput()) return explainResult(e, s, inputTensor(e, 0));
      if (e.ofInput === 0) return explainImage(e, s, dyTensor(e));
      if (e.ofInput === 1) return explainWeight(e, s, inputTensor(e, 0), dyTensor(e));
      explainBias(e);
    },
    loops: ([, weight], y) => loopsOf(y, "o", "c", weight),
  };
  Reel.ops.conv2d = convolution;
  Reel.ops.conv1x1 = convolution;

  Reel.ops.conv_transpose2d = {
    forward: convolveTransposed,
    explain(e) {
      const s = transposedSizes(e.call);
      if (e.ofOutput()) return explainImage(e, s, inputTensor(e, 0));
      if (e.ofInput === 0) return explainResult(e, s, dyTensor(e));
      if (e.ofInput === 1) return explainWeight(e, s, dyTensor(e), inputTensor(e, 0));
      explainBias(e);
    },
    loops: ([x, weight]) => loopsOf(x, "c", "o", weight),
  };

  // The loops around one multiplication, with their lengths, from shapes alone: each pixel of the images
  // meets the weights that stand over it, and padding counts as if it were multiplied.
  const loopsOf = ([n, channels, h, w], own, other, weight) => [
    ["n", n],
    [own, channels],
    [other, weight[1]],
    ...(Reel.numel(weight.slice(2)) === 1
      ? []
      : [
          ["u", weight[2]],
          ["v", weight[3]],
        ]),
    ["i", h],
    ["j", w],
  ];

  Reel.ascending = ascending;
}
