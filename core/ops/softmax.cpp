// softmax and log_softmax along one dimension.
#include <reel/core/kernels/softmax.h>
#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

class SoftmaxOp : public Op {
 public:
  SoftmaxOp(bool logarithm, const Shape& shape, Index dim) : logarithm_(logarithm), n_(shape[dim]) {
    for (Index d = 0; d < dim; d++) outer_ *= shape[d];
    for (Index d = dim + 1; d < shape.dim(); d++) inner_ *= shape[d];
  }

  std::string_view name() const override { return logarithm_ ? "log_softmax" : "softmax"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Tensor& x = inputs[0];
    Tensor y = Tensor::uninitialized(x.shape());
    const auto kernel = logarithm_ ? kernels::log_softmax : kernels::softmax;
    kernel(y.data(), x.data(), outer_, n_, inner_);
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& y = pass.output();
    Tensor dx = Tensor::uninitialized(y.shape());
    const auto kernel = logarithm_ ? kernels::log_softmax_gradient : kernels::softmax_gradient;
    kernel(dx.data(), pass.dy().data(), y.data(), outer_, n_, inner_);
    pass.add(0, std::move(dx));
  }

 private:
  bool logarithm_;
  Index outer_ = 1, n_, inner_ = 1;
};

Var record(bool logarithm, Var x, Index dim, Location where) {
  const Call call(logarithm ? "log_softmax" : "softmax", where);
  const Shape& shape = call.shape(x);
  const Index d = call.dim(shape, dim);
  call.check(shape[d] > 0, "input is {}, dimension {} is empty; it needs an element at least", shape, dim);
  return call.record(std::make_unique<SoftmaxOp>(logarithm, shape, d), {x});
}

}  // namespace

Var softmax(Var x, Index dim, Location where) { return record(false, x, dim, where); }
Var log_softmax(Var x, Index dim, Location where) { return record(true, x, dim, where); }

}  // namespace reel::inline REEL_PRECISION
