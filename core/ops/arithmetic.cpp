// a + b, a - b, a * b, a / b with broadcasting, their forms with a number, and -x.
#include <fmt/format.h>

#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/epilogue.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

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

  Tensor fused_forward(std::span<const Tensor> inputs, const Epilogue& epilogue) override {
    const Tensor &a = inputs[0], &b = inputs[1];
    if (epilogue.addend.defined()) {
      return finished(elementwise(f_, a, b), epilogue);
    }
    Tensor y = Tensor::uninitialized(a_);
    kernels::finish(y.mutable_data(), a.data(), {.addend = b.data(), .relu = epilogue.relu}, y.numel());
    return y;
  }
  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.formula = formula(inputs, output)};
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

class DivOp : public Op {
 public:
  DivOp(const Shape& a, const Shape& b) : a_(a), b_(b) {}

  std::string_view name() const override { return "div"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return elementwise(Binary::kDiv, inputs[0], inputs[1]);
  }

  // 1 / b and -((a / b) / b).
  void backward(BackwardPass& pass) override {
    if (pass.wants(0)) pass.add(0, sum_to(elementwise(Binary::kDiv, pass.dy(), pass.input(1)), a_));
    if (!pass.wants(1)) return;
    const Tensor negative = elementwise(Binary::kMul, pass.dy(), Scalar(-1));
    const Tensor slope = elementwise(Binary::kDiv, pass.output(), pass.input(1));
    pass.add(1, sum_to(elementwise(Binary::kMul, negative, slope), b_));
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.reads = {reads_elementwise(inputs[0], output), reads_elementwise(inputs[1], output)}};
  }

 private:
  void explain_value(Explain& e) const {
    const Index a = detail::broadcast_element(a_, e.shape(), e.element());
    const Index b = detail::broadcast_element(b_, e.shape(), e.element());
    const std::string b_text = e.x_name(1) + index_text(b_, b);
    e.rule("", fmt::format("{}{} / {}", e.x_name(0), index_text(a_, a), b_text));
    e.term({}, e.x(0, a), Explain::number(1 / e.x(1, b).value), "1 / " + b_text);
  }

  // The sum over all places to which the element is broadcast.
  void explain_gradient(Explain& e) const {
    const bool of_a = e.of_input() == 0;
    const Shape& y = e.dy().shape();
    const detail::Repeats dy(of_a ? a_ : b_, y, e.element());
    const std::string a_text = e.x_name(0) + bracketed(detail::broadcast_index(a_, dy.index()));
    const std::string b_text = e.x_name(1) + bracketed(detail::broadcast_index(b_, dy.index()));
    const std::string slope =
        of_a ? fmt::format("1 / {}", b_text) : fmt::format("-{} / {}^2", a_text, b_text);
    e.rule("", detail::sum_text(dy.loop(), fmt::format("{}{} * {}", e.dy_name(), dy.text(), slope)),
           dy.loop());
    dy.for_each([&](std::span<const Index> loop, Index i) {
      const double a = e.x(0, detail::broadcast_element(a_, y, i)).value;
      const double b = e.x(1, detail::broadcast_element(b_, y, i)).value;
      e.term(loop, e.dy(i), Explain::number(of_a ? 1 / b : -a / b / b), slope);
    });
  }

  Shape a_, b_;
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
    return {.options = {{"number", {s_}}}, .formula = formula(output)};
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

// s / x
class ReciprocalOp : public Op {
 public:
  explicit ReciprocalOp(Scalar s) : s_(s) {}
  std::string_view name() const override { return "div"; }
  Tensor forward(std::span<const Tensor> inputs) override { return elementwise(Binary::kDiv, s_, inputs[0]); }
  void backward(BackwardPass& pass) override {
    const Tensor slope = elementwise(Binary::kDiv, pass.output(), pass.input(0));
    pass.add(0, elementwise(Binary::kMul, elementwise(Binary::kMul, pass.dy(), slope), Scalar(-1)));
  }
  bool explain(Explain& e) const override {
    const Factor x = e.x(0, e.element());
    const std::string place = index_text(e.shape(), e.element()), x_text = e.x_name(0) + place;
    if (e.of_output()) {
      e.rule("", fmt::format("{:g} / {}", s_, x_text));
      e.term({}, Explain::number(s_), Explain::number(1 / x.value), "1 / " + x_text);
    } else {
      const std::string slope = fmt::format("{:g} / {}^2", -s_, x_text);
      e.rule("", fmt::format("{}{} * {}", e.dy_name(), place, slope));
      e.term({}, e.dy(e.element()), Explain::number(-s_ / x.value / x.value), slope);
    }
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.options = {{"numerator", {s_}}}, .reads = {reads_elementwise(inputs[0], output)}};
  }

 private:
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
  return call.record(std::make_unique<ReciprocalOp>(a), call.shape(b), {b});
}

}  // namespace reel::inline REEL_PRECISION
