// Functions of one number, element by element.
#include <reel/core/kernels/activations.h>
#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Function;

class ActivationOp : public Op {
 public:
  ActivationOp(std::string_view name, kernels::Activation f) : name_(name), f_(f) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(inputs[0].shape());
    kernels::activate(f_, y.data(), inputs[0].data(), y.numel());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& saved = kernels::derives_from_output(f_.function) ? pass.output() : pass.input(0);
    const Tensor& dy = pass.dy();
    Tensor dx = pass.buffer_like_dy();
    kernels::activate_gradient(f_, dx.data(), dy.data(), saved.data(), dx.numel());
    pass.add(0, std::move(dx));
  }

  EpilogueStep epilogue_step() const override {
    return f_.function == Function::kRelu ? EpilogueStep::kRelu : EpilogueStep::kNone;
  }

 private:
  std::string_view name_;
  kernels::Activation f_;
};

Var record(std::string_view name, kernels::Activation f, Var x, Location where) {
  return Call(name, where).record(std::make_unique<ActivationOp>(name, f), {x});
}

}  // namespace

Var relu(Var x, Location where) { return record("relu", {Function::kRelu}, x, where); }
Var leaky_relu(Var x, Scalar negative_slope, Location where) {
  return record("leaky_relu", {Function::kLeakyRelu, negative_slope}, x, where);
}
Var gelu(Var x, Location where) { return record("gelu", {Function::kGelu}, x, where); }
Var silu(Var x, Location where) { return record("silu", {Function::kSilu}, x, where); }
Var sigmoid(Var x, Location where) { return record("sigmoid", {Function::kSigmoid}, x, where); }
Var tanh(Var x, Location where) { return record("tanh", {Function::kTanh}, x, where); }
Var exp(Var x, Location where) { return record("exp", {Function::kExp}, x, where); }
Var log(Var x, Location where) { return record("log", {Function::kLog}, x, where); }
Var sqrt(Var x, Location where) { return record("sqrt", {Function::kSqrt}, x, where); }
Var pow(Var x, Scalar exponent, Location where) {
  return record("pow", {Function::kPow, exponent}, x, where);
}
Var abs(Var x, Location where) { return record("abs", {Function::kAbs}, x, where); }
Var clamp(Var x, Scalar low, Scalar high, Location where) {
  Call("clamp", where).check<Error>(low <= high, "limits are {} and {}; low must not exceed high", low, high);
  return record("clamp", {Function::kClamp, low, high}, x, where);
}

}  // namespace reel::inline REEL_PRECISION
