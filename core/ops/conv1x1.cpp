// The 1x1 convolution as a matrix product over the channels of each image.
#include <reel/core/kernels/bias.h>
#include <reel/core/kernels/gemm.h>
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION {
namespace {

class Conv1x1Op final : public Op {
 public:
  std::string_view name() const override { return "conv1x1"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Tensor &x = inputs[0], &weight = inputs[1];
    has_bias_ = inputs.size() > 2;
    const Index out = weight.size(0), in = weight.size(1), pixels = x.size(2) * x.size(3);
    Tensor y = Tensor::uninitialized(x.shape().with(1, out));
    Scalar* to = y.data();
    if (has_bias_) kernels::fill_planes(inputs[2].data(), x.size(0), out, pixels, to);
    parallel_for(x.size(0), 1, [&](Index n, Index) {
      kernels::gemm(false, false, out, pixels, in, weight.data(), in, x.data() + n * in * pixels, pixels,
                    to + n * out * pixels, pixels, has_bias_);
    });
    return y;
  }

  void backward(BackwardPass& pass) override {
    if (pass.wants(0)) pass.add(0, input_gradient(pass));
    if (pass.wants(1)) pass.add(1, weight_gradient(pass));
    if (has_bias_ && pass.wants(2)) pass.add(2, detail::bias_gradient(pass.dy()));
  }

 private:
  static Tensor input_gradient(const BackwardPass& pass) {
    const Tensor &dy = pass.dy(), &weight = pass.input(1);
    const Index out = weight.size(0), in = weight.size(1), pixels = dy.size(2) * dy.size(3);
    Tensor dx = Tensor::uninitialized(dy.shape().with(1, in));
    Scalar* to = dx.data();
    parallel_for(dy.size(0), 1, [&](Index n, Index) {
      kernels::gemm(true, false, in, pixels, out, weight.data(), in, dy.data() + n * out * pixels, pixels,
                    to + n * in * pixels, pixels, false);
    });
    return dx;
  }

  // Image after image, so that the order of the sum is that of the batch.
  static Tensor weight_gradient(const BackwardPass& pass) {
    const Tensor &dy = pass.dy(), &x = pass.input(0), &weight = pass.input(1);
    const Index out = weight.size(0), in = weight.size(1), pixels = dy.size(2) * dy.size(3);
    Tensor dweight = Tensor::uninitialized(weight.shape());
    Scalar* to = dweight.data();
    for (Index n = 0; n < dy.size(0); n++) {
      kernels::gemm(false, true, out, in, pixels, dy.data() + n * out * pixels, pixels,
                    x.data() + n * in * pixels, pixels, to, in, n > 0);
    }
    return dweight;
  }

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
  return call.record(std::make_unique<Conv1x1Op>(), {x, weight, bias});
}

}  // namespace reel::inline REEL_PRECISION
