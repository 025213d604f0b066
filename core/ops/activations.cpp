// Functions of one number, element by element.
#include <fmt/format.h>

#include <reel/core/explain.h>
#include <reel/core/kernels/detail/activations.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Function;

// The derivative of a function as its explanation writes it; y is its value at x.
std::string_view derivative_text(Function f) {
  switch (f) {
    case Function::kRelu:
      return "1 where x > 0";
    case Function::kAbs:
      return "sign(x)";
    case Function::kLeakyRelu:
      return "1 or the negative slope";
    case Function::kGelu:
      return "Phi(x) + x phi(x)";
    case Function::kSilu:
      return "s (1 + x (1 - s)), s = sigmoid(x)";
    case Function::kSigmoid:
      return "y (1 - y)";
    case Function::kTanh:
      return "1 - y^2";
    case Function::kExp:
      return "y";
    case Function::kLog:
      return "1 / x";
    case Function::kSqrt:
      return "1 / (2 y)";
    case Function::kPow:
      return "p x^(p - 1)";
    case Function::kClamp:
      break;
  }
  return "1 within the limits";
}

class ActivationOp : public Op {
 public:
  ActivationOp(std::string_view name, kernels::Activation f)
      : Op({.step = f.function == Function::kRelu ? EpilogueStep::kRelu : EpilogueStep::kNone}),
        name_(name),
        f_(f) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(inputs[0].shape());
    kernels::activate(f_, y.mutable_data(), inputs[0].data(), y.numel());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& saved = kernels::derives_from_output(f_.function) ? pass.output() : pass.input(0);
    const Tensor& dy = pass.dy();
    Tensor dx = pass.buffer_like_dy();
    kernels::activate_gradient(f_, dx.mutable_data(), dy.data(), saved.data(), dx.numel());
    pass.add(0, std::move(dx));
  }

  bool explain(Explain& e) const override {
    const Index i = e.element();
    const Scalar x = e.input(0).data()[i], dy = 1;
    Scalar y, slope;
    kernels::activate(f_, &y, &x, 1);
    const Scalar* saved = kernels::derives_from_output(f_.function) ? &y : &x;
    kernels::activate_gradient(f_, &slope, &dy, saved, 1);
    const std::string place = index_text(e.shape(), i), x_text = e.x_name(0) + place;
    const Factor passed = e.of_output() ? e.x(0, i) : e.dy(i);
    e.rule("", e.of_output() ? fmt::format("{}({})", name_, x_text)
                             : fmt::format("{}{} * {}'({})", e.dy_name(), place, name_, x_text));
    if (f_.function == Function::kRelu) {
      const std::string note = fmt::format("relu {} ({} = {:g})", x <= 0 ? "off" : "on", e.x_name(0), x);
      x <= 0 ? e.left_out({}, passed, note) : e.term({}, passed, Explain::number(1), note);
    } else if (e.of_output()) {
      e.term({}, Explain::number(y), Explain::number(1), fmt::format("{}({:g})", name_, x));
    } else {
      const std::string note = fmt::format("{} at x = {:g}", derivative_text(f_.function), x);
      // Some functions hold back an infinite gradient where the slope is 0, others multiply: that is NaN.
      const auto own_dy = static_cast<Scalar>(passed.value);
      Scalar gradient;
      kernels::activate_gradient(f_, &gradient, &own_dy, saved, 1);
      slope == 0 && gradient == 0 ? e.left_out({}, passed, note)
                                  : e.term({}, passed, Explain::number(slope), note);
    }
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.options = options(),
            .reads = {reads_elementwise(inputs[0], output)},
            .choices = [this](std::span<const Tensor> x) { return choices(x); }};
  }

 private:
  std::vector<OpOption> options() const {
    switch (f_.function) {
      case Function::kLeakyRelu:
        return {{"negative_slope", {f_.a}}};
      case Function::kPow:
        return {{"exponent", {f_.a}}};
      case Function::kClamp:
        return {{"low", {f_.a}}, {"high", {f_.b}}};
      default:
        return {};
    }
  }

  // On which side of its kinks each element lies.
  std::vector<Index> choices(std::span<const Tensor> inputs) const {
    const bool has_kinks = f_.function == Function::kRelu || f_.function == Function::kLeakyRelu ||
                           f_.function == Function::kAbs || f_.function == Function::kClamp;
    if (!has_kinks) return {};
    const Scalar low = f_.function == Function::kClamp ? f_.a : 0;
    const Scalar high = f_.function == Function::kClamp ? f_.b : 0;
    std::vector<Index> sides;
    for (const Scalar x : inputs[0].values()) sides.push_back((x > high) - (x < low));
    return sides;
  }

  std::string_view name_;
  kernels::Activation f_;
};

Var record(std::string_view name, kernels::Activation f, Operand x) {
  const Call call(name, x.where);
  return call.record(std::make_unique<ActivationOp>(name, f), call.shape(x), {x});
}

}  // namespace

Var relu(Operand x) { return record("relu", {Function::kRelu}, x); }
Var leaky_relu(Operand x, Scalar negative_slope) {
  detail::check_leaky_relu(Call("leaky_relu", x.where), negative_slope);
  return record("leaky_relu", {Function::kLeakyRelu, negative_slope}, x);
}
Var gelu(Operand x) { return record("gelu", {Function::kGelu}, x); }
Var silu(Operand x) { return record("silu", {Function::kSilu}, x); }
Var sigmoid(Operand x) { return record("sigmoid", {Function::kSigmoid}, x); }
Var tanh(Operand x) { return record("tanh", {Function::kTanh}, x); }
Var exp(Operand x) { return record("exp", {Function::kExp}, x); }
Var log(Operand x) { return record("log", {Function::kLog}, x); }
Var sqrt(Operand x) { return record("sqrt", {Function::kSqrt}, x); }
Var pow(Operand x, Scalar exponent) { return record("pow", {Function::kPow, exponent}, x); }
Var abs(Operand x) { return record("abs", {Function::kAbs}, x); }
Var clamp(Operand x, Scalar low, Scalar high) {
  Call("clamp", x.where).ordered("low", low, "high", high);
  return record("clamp", {Function::kClamp, low, high}, x);
}

}  // namespace reel::inline REEL_PRECISION
