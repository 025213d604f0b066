// Two-dimensional convolution (cross-correlation), and the 1x1 convolution, a case of it with a check of its
// own.
#include <array>

#include <reel/core/detail/kernel_steps.h>
#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

class ConvolutionOp final : public Op {
 public:
  ConvolutionOp(std::string_view name, const kernels::Convolution& shape, const Conv2dOptions& options)
      : Op({.takes_steps = true, .takes_map = true, .reads_map = true}),
        name_(name),
        shape_(shape),
        options_(options) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override { return fused_forward(inputs, {}, {}); }

  Tensor fused_forward(std::span<const Tensor> inputs, const Prologue& prologue,
                       const Epilogue& epilogue) override {
    const Tensor bias = detail::optional_input(inputs, 2);
    return detail::convolution_output(shape_, kernel_images(inputs[0], prologue), inputs[1],
                                      kernel_epilogue(epilogue, bias));
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    if (pass.wants(0)) pass.add(0, detail::convolution_dx(shape_, dy, pass.input(1), {}));
    if (pass.wants(1)) {
      const auto [x, prologue] = pass.mapped_input();
      const Tensor dweight = detail::convolution_dweight(shape_, kernel_images(x, prologue), dy);
      pass.add(1, dweight.reshape(pass.input(1).shape().sizes()));  // conv1x1's may be [out,in]
    }
    if (pass.inputs() > 2 && pass.wants(2)) pass.add(2, detail::bias_gradient(dy));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {.options = detail::shown(options_),
            .formula = detail::convolution_formula(shape_, inputs, false),
            .in_onnx = [this, dim = inputs[1].dim(), n = inputs.size()] { return in_onnx(dim, n); }};
  }

 private:
  onnx::Operator in_onnx(Index weight_dim, std::size_t inputs) const {
    onnx::Operator result = detail::convolution_in_onnx("Conv", inputs, options_);
    if (weight_dim == 2)
      result.operands[1] = onnx::Operator{"Unsqueeze", {onnx::Input{1}, std::vector<Index>{2, 3}}};
    return result;
  }

  std::string_view name_;
  kernels::Convolution shape_;
  Conv2dOptions options_;  // as called: the shape does not tell the padding at the bottom and right
};

kernels::Convolution checked_shape(const Call& call, const Shape& x, const Shape& weight,
                                   const Conv2dOptions& options) {
  const auto& [stride, padding, dilation, groups, bias] = options;
  detail::check_images(call, x);
  detail::check_weight(call, weight);
  detail::check_options(call, options, {weight[2], weight[3]});
  detail::check_channels(call, groups, x, weight);
  const Size2 padded(x[2] + padding.top + padding.bottom, x[3] + padding.left + padding.right);
  const Size2 reach(dilation.h * (weight[2] - 1) + 1, dilation.w * (weight[3] - 1) + 1);
  call.check(reach.h <= padded.h && reach.w <= padded.w,
             "the kernel covers {}x{} pixels, the input with its padding has {}x{}; pad more or shrink the "
             "kernel or its dilation",
             reach.h, reach.w, padded.h, padded.w);
  const std::array<Index, 4> sizes{x[0], weight[0], (padded.h - reach.h) / stride.h + 1,
                                   (padded.w - reach.w) / stride.w + 1};
  return detail::convolution_of(x, call.make_shape(sizes), weight, options);
}

}  // namespace

Var conv2d(Operand x, Var weight, Var bias, Conv2dOptions options) {
  const Call call("conv2d", x.where);
  const auto shape = checked_shape(call, call.shape(x), call.shape(weight), options);
  detail::check_bias(call, bias, shape.out_channels, options.bias);
  const Shape result{shape.batch, shape.out_channels, shape.out_h, shape.out_w};
  return call.record(std::make_unique<ConvolutionOp>("conv2d", shape, options), result, {x, weight, bias});
}

Var conv1x1(Operand x, Var weight, Var bias) {
  const Call call("conv1x1", x.where);
  const Shape &images = call.shape(x), &filter = call.shape(weight);
  detail::check_images(call, images);
  const bool plain = filter.dim() == 2 || (filter.dim() == 4 && filter[2] == 1 && filter[3] == 1);
  call.check(plain && filter.numel() > 0, "weight is {}, [C_out,C_in,1,1] or [C_out,C_in] is wanted", filter);
  call.check(images[1] == filter[1], "input has {} channels, weight {} wants {}", images[1], filter,
             filter[1]);
  detail::check_bias(call, bias, filter[0]);
  const Shape result = images.with(1, filter[0]);
  const auto shape = detail::convolution_of(images, result, Shape{filter[0], filter[1], 1, 1}, {});
  return call.record(std::make_unique<ConvolutionOp>("conv1x1", shape, Conv2dOptions{}), result,
                     {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
