// The 1x1 convolution.
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/epilogue.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

class Conv1x1Op final : public Op {
 public:
  explicit Conv1x1Op(const kernels::Convolution& shape) : shape_(shape) {}

  std::string_view name() const override { return "conv1x1"; }

  Tensor forward(std::span<const Tensor> inputs) override { return fused_forward(inputs, {}); }

  std::optional<Shape> waits(std::span<const Tensor>) const override {
    return Shape{shape_.batch, shape_.out_channels, shape_.out_h, shape_.out_w};
  }

  Tensor fused_forward(std::span<const Tensor> inputs, const Epilogue& epilogue) override {
    has_bias_ = inputs.size() > 2;
    const Tensor bias = has_bias_ ? inputs[2] : Tensor();
    return detail::convolution_forward(shape_, inputs[0], inputs[1], kernel_epilogue(epilogue, bias));
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    if (pass.wants(0)) pass.add(0, detail::convolution_input_gradient(shape_, dy, pass.input(1), {}));
    if (pass.wants(1)) {
      const Tensor dweight = detail::convolution_weight_gradient(shape_, pass.input(0), dy);
      pass.add(1, dweight.reshape(pass.input(1).shape()));  // which may be [out,in]
    }
    if (has_bias_ && pass.wants(2)) pass.add(2, detail::bias_gradient(dy));
  }

 private:
  kernels::Convolution shape_;
  bool has_bias_ = false;
};

}  // namespace

Var conv1x1(Var x, Var weight, Var bias, Location where) {
  const Call call("conv1x1", where);
  const Shape &images = call.shape(x), &filter = call.shape(weight);
  detail::check_images(call, images);
  const bool plain = filter.dim() == 2 || (filter.dim() == 4 && filter[2] == 1 && filter[3] == 1);
  call.check(plain && filter.numel() > 0, "weight is {}, [C_out,C_in,1,1] or [C_out,C_in] is wanted", filter);
  call.check(images[1] == filter[1], "input has {} channels, weight {} wants {}", images[1], filter,
             filter[1]);
  detail::check_bias(call, bias, filter[0]);
  const auto shape = detail::convolution_of(images, images.with(1, filter[0]),
                                            Shape{filter[0], filter[1], 1, 1}, 1, 0, 1, 1);
  return call.record(std::make_unique<Conv1x1Op>(shape), {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
