// Functions of one number, element by element.
#include <fmt/format.h>

#include <reel/core/formula/detail/explain.h>
#include <reel/core/kernels/detail/activations.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Constants, kernels::Function;
namespace functions = kernels::functions;

class FunctionOp : public Op {
 public:
  FunctionOp(const Function& f, Constants constants, EpilogueStep step)
      : Op({.step = step}), f_(f), constants_(constants) {}

  std::string_view name() const override { return f_.name; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(inputs[0].shape());
    f_.activate(constants_, y.mutable_data(), inputs[0].data(), y.numel());
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& saved = f_.derives_from_output ? pass.output() : pass.input(0);
    const Tensor& dy = pass.dy();
    Tensor dx = pass.buffer_like_dy();
    f_.gradient(constants_, dx.mutable_data(), dy.data(), saved.data(), dx.numel());
    pass.add(0, std::move(dx));
  }

  bool explain(Explain& e) const override {
    explain_function(e, {.name = std::string(f_.name),
                         .words = words(),
                         .value = [this](Scalar x) { return value(x); },
                         .gradient = [this](Scalar x, Scalar dy) { return gradient(x, dy); }});
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    OpFacts facts{.function = words(), .reads = {reads_elementwise(inputs[0], output)}};
    const Scalar values[] = {constants_.a, constants_.b};
    for (std::size_t i = 0; i < 2; i++) {
      if (!f_.constants[i].empty()) facts.options.push_back({std::string(f_.constants[i]), {values[i]}});
    }
    if (!f_.onnx_type.empty())
      facts.in_onnx = [this, constants = facts.options] { return in_onnx(constants); };
    if (f_.side) facts.choices = [this](std::span<const Tensor> x) { return sides(x[0]); };
    return facts;
  }

 private:
  FunctionText words() const { return {std::string(f_.value), std::string(f_.derivative), f_.is_gate}; }

  Scalar value(Scalar x) const {
    Scalar y;
    f_.activate(constants_, &y, &x, 1);
    return y;
  }

  Scalar gradient(Scalar x, Scalar dy) const {
    const Scalar saved = f_.derives_from_output ? value(x) : x;
    Scalar dx;
    f_.gradient(constants_, &dx, &dy, &saved, 1);
    return dx;
  }

  onnx::Operator in_onnx(std::span<const OpOption> constants) const {
    onnx::Operator result{std::string(f_.onnx_type), onnx::inputs(1)};
    for (std::size_t i = 0; i < constants.size(); i++) {
      const double value = constants[i].values[0];
      if (f_.onnx_attributes[i].empty())
        result.operands.push_back(onnx::number(value));
      else
        result.attributes.push_back({std::string(f_.onnx_attributes[i]), value});
    }
    return result;
  }

  std::vector<Index> sides(const Tensor& x) const {
    std::vector<Index> sides;
    for (const Scalar number : x.values()) sides.push_back(f_.side(constants_, number));
    return sides;
  }

  const Function& f_;
  Constants constants_;
};

Var record(const Function& f, Operand x, Constants constants = {}, EpilogueStep step = EpilogueStep::kNone) {
  const Call call(f.name, x.where);
  return call.record(std::make_unique<FunctionOp>(f, constants, step), call.shape(x), {x});
}

}  // namespace

Var relu(Operand x) { return record(functions::relu(), x, {}, EpilogueStep::kRelu); }
Var leaky_relu(Operand x, Scalar negative_slope) {
  detail::check_leaky_relu(Call("leaky_relu", x.where), negative_slope);
  return record(functions::leaky_relu(), x, {negative_slope});
}
Var gelu(Operand x) { return record(functions::gelu(), x); }
Var silu(Operand x) { return record(functions::silu(), x); }
Var sigmoid(Operand x) { return record(functions::sigmoid(), x); }
Var tanh(Operand x) { return record(functions::tanh(), x); }
Var exp(Operand x) { return record(functions::exp(), x); }
Var log(Operand x) { return record(functions::log(), x); }
Var sqrt(Operand x) { return record(functions::sqrt(), x); }
Var pow(Operand x, Scalar exponent) { return record(functions::pow(), x, {exponent}); }
Var softplus(Operand x, Scalar beta, Scalar threshold) {
  detail::check_softplus(Call("softplus", x.where), beta, threshold);
  return record(functions::softplus(), x, {beta, threshold});
}
Var elu(Operand x, Scalar alpha) {
  detail::check_elu(Call("elu", x.where), alpha);
  return record(functions::elu(), x, {alpha});
}
Var hardswish(Operand x) { return record(functions::hardswish(), x); }
Var mish(Operand x) { return record(functions::mish(), x); }
Var abs(Operand x) { return record(functions::abs(), x); }
Var clamp(Operand x, Scalar low, Scalar high) {
  Call("clamp", x.where).ordered("low", low, "high", high);
  return record(functions::clamp(), x, {low, high});
}

}  // namespace reel::inline REEL_PRECISION
