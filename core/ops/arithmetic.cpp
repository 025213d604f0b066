// a + b, a - b, a * b, a / b with broadcasting, their forms with a number, and -x.
#include <optional>

#include <fmt/format.h>

#include <reel/core/detail/kernel_steps.h>
#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

std::string onnx_type(Binary f) {
  return f == Binary::kAdd ? "Add" : f == Binary::kSub ? "Sub" : f == Binary::kMul ? "Mul" : "Div";
}

// a + b, a - b and a * b.
class ArithmeticOp : public Op {
 public:
  // The sum of two tensors of the same shape is a step, and takes steps.
  ArithmeticOp(std::string_view name, Binary f, const Shape& a, const Shape& b)
      : Op(f == Binary::kAdd && a == b ? Fusible{.takes_steps = true, .step = EpilogueStep::kAdd}
                                       : Fusible()),
        name_(name),
        f_(f),
        a_(a),
        b_(b) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override { return elementwise(f_, inputs[0], inputs[1]); }

  void backward(BackwardPass& pass) override {
    const bool is_product = f_ == Binary::kMul;
    if (pass.wants(0)) {
      pass.add(0, sum_to(is_product ? elementwise(f_, pass.dy(), pass.input(1)) : pass.dy(), a_));
    }
    if (!pass.wants(1)) return;
    const Tensor& dy = pass.dy();
    pass.add(1, sum_to(is_product           ? elementwise(f_, dy, pass.input(0))
                       : f_ == Binary::kAdd ? dy
                                            : elementwise(Binary::kMul, dy, Scalar(-1)),
                       b_));
  }

  Tensor fused_forward(std::span<const Tensor> inputs, const Prologue&, const Epilogue& epilogue) override {
    const Tensor &a = inputs[0], &b = inputs[1];
    if (epilogue.addend.defined()) {
      return finished(elementwise(f_, a, b), epilogue);
    }
    Tensor y = Tensor::uninitialized(a_);
    kernels::finish(y.mutable_data(), a.data(), {.addend = b.data(), .relu = epilogue.relu}, y.numel());
    return y;
  }
  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.formula = formula(inputs, output), .in_onnx = [this] {
              return onnx::Operator{onnx_type(f_), onnx::inputs(2)};
            }};
  }

 private:
  Formula formula(std::span<const Shape> inputs, const Shape& output) const {
    Formula f;
    const formula::Access y = detail::loops_over(f, output);
    const formula::IndexedInput a{0, detail::broadcast_access(inputs[0], y)},
        b{1, detail::broadcast_access(inputs[1], y)};
    if (f_ == Binary::kMul) {
      f.add(y, {a, b});
    } else {
      f.add(y, {a});
      f.add(y, {b}).scale.number = f_ == Binary::kAdd ? 1 : -1;
    }
    return f;
  }

  std::string_view name_;
  Binary f_;
  Shape a_, b_;
};

// a / b; inputs: a, where it is no number, and b
class DivOp : public Op {
 public:
  DivOp(const Shape& a, const Shape& b, std::optional<Scalar> numerator = {})
      : a_(a), b_(b), numerator_(numerator) {}

  std::string_view name() const override { return "div"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return numerator_ ? elementwise(Binary::kDiv, *numerator_, inputs[0])
                      : elementwise(Binary::kDiv, inputs[0], inputs[1]);
  }

  // 1 / b and -((a / b) / b).
  void backward(BackwardPass& pass) override {
    const Tensor& b = pass.input(b_input());
    if (!numerator_ && pass.wants(0)) pass.add(0, sum_to(elementwise(Binary::kDiv, pass.dy(), b), a_));
    if (!pass.wants(b_input())) return;
    const Tensor negative = elementwise(Binary::kMul, pass.dy(), Scalar(-1));
    const Tensor slope = elementwise(Binary::kDiv, pass.output(), b);
    pass.add(b_input(), sum_to(elementwise(Binary::kMul, negative, slope), b_));
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    OpFacts facts;
    if (numerator_) facts.options = {{"numerator", {*numerator_}}};
    for (const Shape& input : inputs) facts.reads.push_back(reads_elementwise(input, output));
    facts.in_onnx = [numerator = numerator_]() -> onnx::Operator {
      if (!numerator) return {onnx_type(Binary::kDiv), onnx::inputs(2)};
      return {onnx_type(Binary::kDiv), {onnx::number(*numerator), onnx::Input{0}}};
    };
    return facts;
  }

 private:
  std::size_t b_input() const { return numerator_ ? 0 : 1; }

  // At a place of the output.
  Factor a_at(const Explain& e, Index place) const {
    return numerator_ ? Explain::number(*numerator_)
                      : e.x(0, detail::broadcast_element(a_, e.output().shape(), place));
  }
  Factor b_at(const Explain& e, Index place) const {
    return e.x(b_input(), detail::broadcast_element(b_, e.output().shape(), place));
  }

  void explain_value(Explain& e) const {
    const Factor a = a_at(e, e.element()), b = b_at(e, e.element());
    const std::string a_text =
        numerator_ ? fmt::format("{:g}", *numerator_) : e.x_name(0) + index_text(a_, a.index);
    const std::string b_text = e.x_name(b_input()) + index_text(b_, b.index);
    e.rule("", fmt::format("{} / {}", a_text, b_text));
    e.term({}, a, Explain::number(1 / b.value), "1 / " + b_text);
  }

  // The sum over all places to which the element is broadcast.
  void explain_gradient(Explain& e) const {
    const bool of_b = e.of_input() == b_input();
    const detail::Repeats dy(of_b ? b_ : a_, e.dy().shape(), e.element());
    const auto text = [&](std::size_t i, const Shape& shape) {
      return e.x_name(i) + bracketed(detail::broadcast_index(shape, dy.index()));
    };
    const std::string numerator = !of_b        ? "1"
                                  : numerator_ ? fmt::format("{:g}", -*numerator_)
                                               : fmt::format("-{}", text(0, a_));
    const std::string slope = fmt::format("{} / {}{}", numerator, text(b_input(), b_), of_b ? "^2" : "");
    e.rule("", detail::sum_text(dy.loop(), fmt::format("{}{} * {}", e.dy_name(), dy.text(), slope)),
           dy.loop());
    dy.for_each([&](std::span<const Index> loop, Index i) {
      const double a = a_at(e, i).value, b = b_at(e, i).value;
      e.term(loop, e.dy(i), Explain::number(of_b ? -a / b / b : 1 / b), slope);
    });
  }

  Shape a_, b_;
  std::optional<Scalar> numerator_;
};

Var arithmetic(std::string_view name, Binary f, Operand a, Var b) {
  const Call call(name, a.where);
  const Shape &left = call.shape(a), &right = call.shape(b);
  const Shape result = broadcast_shape(call, left, right);
  return call.record(std::make_unique<ArithmeticOp>(name, f, left, right), result, {a, b});
}

// x + s, x - s, x * s and x / s.
class ScalarOp : public Op {
 public:
  ScalarOp(std::string_view name, Binary f, Scalar s) : name_(name), f_(f), s_(s) {}
  std::string_view name() const override { return name_; }
  Tensor forward(std::span<const Tensor> inputs) override { return elementwise(f_, inputs[0], s_); }
  void backward(BackwardPass& pass) override {
    pass.add(0, is_shift() ? pass.dy() : elementwise(f_, pass.dy(), s_));
  }

  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    return {.options = {{"number", {s_}}}, .formula = formula(output), .in_onnx = [this] {
              return onnx::Operator{onnx_type(f_), {onnx::Input{0}, onnx::number(s_)}};
            }};
  }

 private:
  Formula formula(const Shape& output) const {
    Formula f;
    const formula::Access y = detail::loops_over(f, output);
    f.add(y, {{0, y}});
    if (is_shift()) {
      f.add(y, {}).scale.number = f_ == Binary::kAdd ? s_ : -s_;
    } else {
      f.summands[0].scale = {s_, f_ == Binary::kDiv};
    }
    return f;
  }

  bool is_shift() const { return f_ == Binary::kAdd || f_ == Binary::kSub; }

  std::string_view name_;
  Binary f_;
  Scalar s_;
};

Var with_scalar(std::string_view name, Binary f, Operand x, Scalar s) {
  const Call call(name, x.where);
  return call.record(std::make_unique<ScalarOp>(name, f, s), call.shape(x), {x});
}

}  // namespace

Var add(Operand a, Var b) { return arithmetic("add", Binary::kAdd, a, b); }
Var sub(Operand a, Var b) { return arithmetic("sub", Binary::kSub, a, b); }
Var mul(Operand a, Var b) { return arithmetic("mul", Binary::kMul, a, b); }
Var div(Operand a, Var b) {
  const Call call("div", a.where);
  const Shape &left = call.shape(a), &right = call.shape(b);
  const Shape result = broadcast_shape(call, left, right);
  return call.record(std::make_unique<DivOp>(left, right), result, {a, b});
}
Var add(Operand a, Scalar b) { return with_scalar("add", Binary::kAdd, a, b); }
Var sub(Operand a, Scalar b) { return with_scalar("sub", Binary::kSub, a, b); }
Var mul(Operand a, Scalar b) { return with_scalar("mul", Binary::kMul, a, b); }
Var div(Operand a, Scalar b) { return with_scalar("div", Binary::kDiv, a, b); }
Var neg(Operand x) { return with_scalar("neg", Binary::kMul, x, -1); }

Var operator/(Scalar a, Operand b) {
  const Call call("div", b.where);
  return call.record(std::make_unique<DivOp>(Shape(), call.shape(b), a), call.shape(b), {b});
}

}  // namespace reel::inline REEL_PRECISION
