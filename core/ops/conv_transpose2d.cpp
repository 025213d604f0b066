// Transposed convolution: forward is the input gradient of a convolution, and the other way round.
#include <algorithm>
#include <array>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

class ConvTranspose2dOp final : public Op {
 public:
  // `shape` is that of the convolution whose input is this op's output.
  ConvTranspose2dOp(const kernels::Convolution& shape, const ConvTranspose2dOptions& options)
      : shape_(shape), options_(options) {}

  std::string_view name() const override { return "conv_transpose2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return detail::convolution_dx(shape_, inputs[0], inputs[1], detail::optional_input(inputs, 2));
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    if (pass.wants(0)) pass.add(0, detail::convolution_output(shape_, dy.data(), pass.input(1), {}));
    if (pass.wants(1)) pass.add(1, detail::convolution_dweight(shape_, dy.data(), pass.input(0)));
    if (pass.inputs() > 2 && pass.wants(2)) pass.add(2, detail::bias_gradient(dy));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {.options = options(),
            .formula = detail::convolution_formula(shape_, inputs, true),
            .in_onnx = [this, n = inputs.size()] { return in_onnx(n); }};
  }

 private:
  onnx::Operator in_onnx(std::size_t inputs) const {
    onnx::Operator result =
        detail::convolution_in_onnx("ConvTranspose", inputs, detail::convolution_options(options_));
    const Size2 extra = options_.output_padding;
    result.attributes.push_back({"output_padding", std::vector{extra.h, extra.w}});
    return result;
  }

  std::vector<OpOption> options() const {
    std::vector<OpOption> result = detail::shown(detail::convolution_options(options_));
    result.push_back(detail::shown("output_padding", options_.output_padding));
    return result;
  }

  kernels::Convolution shape_;
  ConvTranspose2dOptions options_;
};

kernels::Convolution checked_shape(const Call& call, const Shape& x, const Shape& weight,
                                   const ConvTranspose2dOptions& options) {
  const auto& [stride, padding, dilation, groups, extra, bias] = options;
  detail::check_images(call, x);
  detail::check_weight(call, weight);
  detail::check_options(call, options, {weight[2], weight[3]});
  detail::check_groups(call, groups, x[1], "input");
  call.check(x[1] == weight[0], "input has {} channels, weight {} wants {}", x[1], weight, weight[0]);
  const Size2 out(
      (x[2] - 1) * stride.h - padding.top - padding.bottom + dilation.h * (weight[2] - 1) + extra.h + 1,
      (x[3] - 1) * stride.w - padding.left - padding.right + dilation.w * (weight[3] - 1) + extra.w + 1);
  call.check(out.h > 0 && out.w > 0,
             "the padding leaves {}x{} pixels of the result for input {} and weight {}; pad less", out.h,
             out.w, x, weight);
  const std::array<Index, 4> sizes{x[0], weight[1] * groups, out.h, out.w};
  return detail::convolution_of(call.make_shape(sizes), x, weight, detail::convolution_options(options));
}

}  // namespace

Var conv_transpose2d(Operand x, Var weight, Var bias, ConvTranspose2dOptions options) {
  const Call call("conv_transpose2d", x.where);
  const auto shape = checked_shape(call, call.shape(x), call.shape(weight), options);
  detail::check_bias(call, bias, shape.in_channels, options.bias);
  const Shape result{shape.batch, shape.in_channels, shape.in_h, shape.in_w};
  return call.record(std::make_unique<ConvTranspose2dOp>(shape, options), result, {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
