// Images made larger or smaller: upsample2d and adaptive_avg_pool2d. Where a pixel of the result is a weighted
// mean of several, rows and columns are multiplied by constant weights.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <reel/core/kernels/detail/pooling.h>
#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// upsample2d of the nearest pixel: each is repeated to a block.
class NearestOp final : public Op {
 public:
  NearestOp(const Shape& input, const Shape& result, Size2 factor)
      : input_(input),
        result_(result),
        blocks_{input[0] * input[1] * input[2], input[3], factor.h, factor.w},
        factor_(factor) {}

  std::string_view name() const override { return "upsample2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_);
    kernels::repeat_pixels(blocks_, inputs[0].data(), y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::uninitialized(input_);
    kernels::sum_blocks(blocks_, pass.dy().data(), dx.mutable_data());
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = {detail::shown("factor", factor_)}, .formula = formula()};
  }

 private:
  Formula formula() const {
    using formula::Affine;
    Formula f;
    const auto n = f.loop("n", input_[0]), c = f.loop("c", input_[1]), u = f.loop("u", factor_.h),
               v = f.loop("v", factor_.w), i = f.loop("i", input_[2]), j = f.loop("j", input_[3]);
    f.add({n, c, factor_.h * Affine(i) + u, factor_.w * Affine(j) + v}, {{0, {n, c, i, j}}});
    f.places = {{detail::kPixelPlace}, {detail::kPixelPlace}};
    return f;
  }

  Shape input_, result_;
  kernels::Blocks blocks_;
  Size2 factor_;
};

// Weights [out,in] of 0, of one dimension.
Tensor no_weights(const Call& call, Index out, Index in) {
  const std::array<Index, 2> sizes{out, in};
  const Shape shape = call.make_shape(sizes, "its weights");
  try {
    return Tensor::zeros(shape);
  } catch (const Error& error) {  // out of memory
    throw Error(fmt::format("{}: {}", call.label(), error.what()));
  }
}

// Of the two pixels whose centres are next to that of a pixel of the result, which stands at place / unit. With
// corners aligned, the first and the last of both fall on each other.
Tensor linear_weights(const Call& call, Index in, Index factor, bool align_corners) {
  const Index out = in * factor;
  const Index unit = align_corners ? std::max<Index>(out - 1, 1) : 2 * factor;
  Tensor weights = no_weights(call, out, in);
  for (Index i = 0; i < out; i++) {
    const Index place = align_corners ? i * (in - 1) : std::max<Index>(2 * i + 1 - factor, 0);
    const Index first = place / unit;
    const bool is_last = first == in - 1;
    const double second = is_last ? 0 : static_cast<double>(place % unit) / static_cast<double>(unit);
    weights.set(i, first, static_cast<Scalar>(1 - second));
    if (!is_last) weights.set(i, first + 1, static_cast<Scalar>(second));
  }
  return weights;
}

// Of the pixels in the windows of an adaptive pooling.
Tensor window_weights(const Call& call, Index in, Index out) {
  Tensor weights = no_weights(call, out, in);
  for (Index i = 0; i < out; i++) {
    const Index begin = i * in / out, end = ((i + 1) * in + out - 1) / out;
    for (Index k = begin; k < end; k++) weights.set(i, k, 1 / static_cast<Scalar>(end - begin));
  }
  return weights;
}

// rows x columns^T for each channel x: rows [H',H], columns [W',W].
Var resampled(const Call& call, Operand x, const Tensor& rows, const Tensor& columns) {
  Tape& tape = x.tape({call.name(), x.where});
  const Var row_weights = tape.input({rows, x.where});
  const Var column_weights = tape.input({columns, x.where});
  return matmul({row_weights, x.where}, linear(x, column_weights));
}

}  // namespace

Var upsample2d(Operand x, Size2 factor, Upsample2dOptions options) {
  const Call call("upsample2d", x.where);
  const Shape& input = call.shape(x);
  const auto& [mode, align_corners] = options;
  detail::check_images(call, input);
  detail::check_size(call, "factor", factor, detail::kMaxStep);
  const bool is_nearest = mode == Interpolation::kNearest;
  detail::check_options(call, options);
  const std::array<Index, 4> sizes{input[0], input[1], input[2] * factor.h, input[3] * factor.w};
  const Shape result = call.make_shape(sizes);
  if (is_nearest) return call.record(std::make_unique<NearestOp>(input, result, factor), result, {x});
  return resampled(call, x, linear_weights(call, input[2], factor.h, align_corners),
                   linear_weights(call, input[3], factor.w, align_corners));
}

Var adaptive_avg_pool2d(Operand x, Size2 output) {
  const Call call("adaptive_avg_pool2d", x.where);
  const Shape& input = call.shape(x);
  detail::check_images(call, input);
  detail::check_size(call, "output", output, detail::kMaxSide);
  const std::array<Index, 4> sizes{input[0], input[1], output.h, output.w};
  call.make_shape(sizes);
  const Index h = input[2], w = input[3];
  if (h % output.h == 0 && w % output.w == 0) return avg_pool2d(x, {h / output.h, w / output.w});
  return resampled(call, x, window_weights(call, h, output.h), window_weights(call, w, output.w));
}

}  // namespace reel::inline REEL_PRECISION
