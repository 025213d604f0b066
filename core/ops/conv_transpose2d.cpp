// Transposed convolution: forward is the input gradient of a convolution, and the other way round.
#include <algorithm>
#include <array>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

class ConvTranspose2dOp final : public Op {
 public:
  // `shape` is that of the convolution whose input is this op's output.
  ConvTranspose2dOp(const kernels::Convolution& shape, const ConvTranspose2dParams& params)
      : shape_(shape), params_(params) {}

  std::string_view name() const override { return "conv_transpose2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    has_bias_ = inputs.size() > 2;
    return detail::convolution_input_gradient(shape_, inputs[0], inputs[1], has_bias_ ? inputs[2] : Tensor());
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    if (pass.wants(0)) pass.add(0, detail::convolution_forward(shape_, dy, pass.input(1), {}));
    if (pass.wants(1)) pass.add(1, detail::convolution_weight_gradient(shape_, dy, pass.input(0)));
    if (has_bias_ && pass.wants(2)) pass.add(2, detail::bias_gradient(dy));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {.options = options(), .formula = formula(inputs)};
  }

 private:
  std::vector<OpOption> options() const {
    const auto& [stride, padding, dilation, groups, extra] = params_;
    std::vector<OpOption> result = detail::convolution_options(stride, padding, dilation, groups);
    result.push_back(detail::shown("output_padding", extra));
    return result;
  }

  Formula formula(std::span<const Shape> inputs) const {
    return detail::convolution_formula(shape_, inputs, true);
  }

  kernels::Convolution shape_;
  ConvTranspose2dParams params_;
  bool has_bias_ = false;
};

kernels::Convolution checked_shape(const Call& call, const Shape& x, const Shape& weight,
                                   const ConvTranspose2dParams& params) {
  const auto& [stride, padding, dilation, groups, extra] = params;
  detail::check_images(call, x);
  detail::check_weight(call, weight);
  detail::check_window(call, {weight[2], weight[3]}, stride, padding, dilation);
  detail::check_groups(call, groups, x[1], "input");
  call.check(x[1] == weight[0], "input has {} channels, weight {} wants {}", x[1], weight, weight[0]);
  detail::check_output_padding(call, extra, stride, dilation);
  const Size2 out(
      (x[2] - 1) * stride.h - padding.top - padding.bottom + dilation.h * (weight[2] - 1) + extra.h + 1,
      (x[3] - 1) * stride.w - padding.left - padding.right + dilation.w * (weight[3] - 1) + extra.w + 1);
  call.check(out.h > 0 && out.w > 0,
             "the padding leaves {}x{} pixels of the result for input {} and weight {}; pad less", out.h,
             out.w, x, weight);
  const std::array<Index, 4> sizes{x[0], weight[1] * groups, out.h, out.w};
  return detail::convolution_of(call.make_shape(sizes), x, weight, stride, padding, dilation, groups);
}

}  // namespace

Var conv_transpose2d(Operand x, Var weight, Var bias, ConvTranspose2dParams params) {
  const Call call("conv_transpose2d", x.where);
  const auto shape = checked_shape(call, call.shape(x), call.shape(weight), params);
  detail::check_bias(call, bias, shape.in_channels);
  const Shape result{shape.batch, shape.in_channels, shape.in_h, shape.in_w};
  return call.record(std::make_unique<ConvTranspose2dOp>(shape, params), result, {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
