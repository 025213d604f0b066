// a + b, a - b, a * b, a / b with broadcasting, their forms with a number, and -x.
#include <fmt/format.h>

#include <reel/core/ops/broadcast.h>
#include <reel/core/ops/broadcast_explain.h>
#include <reel/core/ops/epilogue.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

std::string_view sign_of(Binary f) {
  switch (f) {
    case Binary::kAdd:
      return "+";
    case Binary::kSub:
      return "-";
    case Binary::kMul:
      return "*";
    default:
      return "/";
  }
}

// a f b as terms, with what the reader should call b.
void explain_binary(Explain& e, Binary f, Factor a, Factor b, const std::string& b_text) {
  if (f == Binary::kMul) return e.term({}, a, b);
  if (f == Binary::kDiv) return e.term({}, a, Explain::number(1 / b.value), "1 / " + b_text);
  e.term({}, a, Explain::number(1));
  e.term({}, b, Explain::number(f == Binary::kAdd ? 1 : -1));
}

class ArithmeticOp : public Op {
 public:
  ArithmeticOp(std::string_view name, Binary f, const Shape& a, const Shape& b)
      : name_(name), f_(f), a_(a), b_(b) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override { return elementwise(f_, inputs[0], inputs[1]); }

  void backward(BackwardPass& pass) override {
    if (pass.wants(0)) pass.add(0, sum_to(gradient_a(pass), a_));
    if (pass.wants(1)) pass.add(1, sum_to(gradient_b(pass), b_));
  }

  Reads reads(std::size_t i, std::span<const Shape> inputs, const Shape& output) const override {
    return reads_elementwise(inputs[i], output);
  }

  std::optional<Shape> waits(std::span<const Tensor>) const override {
    return is_plain_sum() ? std::optional(a_) : std::nullopt;
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
  EpilogueStep epilogue_step() const override {
    return is_plain_sum() ? EpilogueStep::kAdd : EpilogueStep::kNone;
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

 private:
  bool is_plain_sum() const { return f_ == Binary::kAdd && a_ == b_; }

  Tensor gradient_a(const BackwardPass& pass) const {
    const bool linear = f_ == Binary::kAdd || f_ == Binary::kSub;
    return linear ? pass.dy() : elementwise(f_, pass.dy(), pass.input(1));
  }

  // 1, -1, a, and -((a / b) / b).
  Tensor gradient_b(const BackwardPass& pass) const {
    if (f_ == Binary::kAdd) return pass.dy();
    if (f_ == Binary::kMul) return elementwise(Binary::kMul, pass.dy(), pass.input(0));
    const Tensor negative = elementwise(Binary::kMul, pass.dy(), Scalar(-1));
    if (f_ == Binary::kSub) return negative;
    return elementwise(Binary::kMul, negative, elementwise(Binary::kDiv, pass.output(), pass.input(1)));
  }

  void explain_value(Explain& e) const {
    const Index a = detail::broadcast_element(a_, e.shape(), e.element());
    const Index b = detail::broadcast_element(b_, e.shape(), e.element());
    const std::string b_text = e.x_name(1) + index_text(b_, b);
    e.rule("", fmt::format("{}{} {} {}", e.x_name(0), index_text(a_, a), sign_of(f_), b_text));
    explain_binary(e, f_, e.x(0, a), e.x(1, b), b_text);
  }

  // The sum over all places to which the element is broadcast.
  void explain_gradient(Explain& e) const {
    const bool of_a = e.of_input() == 0;
    const Shape& y = e.dy().shape();
    const detail::Repeats dy(of_a ? a_ : b_, y, e.element());
    const auto text = [&](std::size_t i) {
      return e.x_name(i) + bracketed(detail::broadcast_index(i == 0 ? a_ : b_, dy.index()));
    };
    const std::string slope = slope_text(of_a, text(0), text(1));
    const std::string gradient = e.dy_name() + dy.text();
    e.rule("",
           detail::sum_text(dy.loop(), slope.empty() ? gradient : fmt::format("{} * {}", gradient, slope)),
           dy.loop());
    dy.for_each([&](std::span<const Index> loop, Index i) {
      const Factor a = e.x(0, detail::broadcast_element(a_, y, i));
      const Factor b = e.x(1, detail::broadcast_element(b_, y, i));
      e.term(loop, e.dy(i), slope_of(of_a, a, b), f_ == Binary::kDiv ? slope : "");
    });
  }

  Factor slope_of(bool of_a, Factor a, Factor b) const {
    if (f_ == Binary::kMul) return of_a ? b : a;
    if (f_ == Binary::kDiv) return Explain::number(of_a ? 1 / b.value : -a.value / b.value / b.value);
    return Explain::number(of_a || f_ == Binary::kAdd ? 1 : -1);
  }

  std::string slope_text(bool of_a, const std::string& a, const std::string& b) const {
    if (f_ == Binary::kMul) return of_a ? b : a;
    if (f_ == Binary::kDiv) return of_a ? fmt::format("1 / {}", b) : fmt::format("-{} / {}^2", a, b);
    return of_a || f_ == Binary::kAdd ? "" : "-1";
  }

  std::string_view name_;
  Binary f_;
  Shape a_, b_;
};

Var arithmetic(std::string_view name, Binary f, Var a, Var b, Location where) {
  const Call call(name, where);
  broadcast_shape(call, call.shape(a), call.shape(b));
  return call.record(std::make_unique<ArithmeticOp>(name, f, call.shape(a), call.shape(b)), {a, b});
}

// x + s, x - s, x * s and x / s.
class ScalarOp : public Op {
 public:
  ScalarOp(std::string_view name, Binary f, Scalar s) : name_(name), f_(f), s_(s) {}
  std::string_view name() const override { return name_; }
  Tensor forward(std::span<const Tensor> inputs) override { return elementwise(f_, inputs[0], s_); }
  void backward(BackwardPass& pass) override {
    const bool shift = f_ == Binary::kAdd || f_ == Binary::kSub;
    pass.add(0, shift ? pass.dy() : elementwise(f_, pass.dy(), s_));
  }
  Reads reads(std::size_t i, std::span<const Shape> inputs, const Shape& output) const override {
    return reads_elementwise(inputs[i], output);
  }
  std::vector<OpOption> options() const override { return {{"number", {s_}}}; }
  bool explain(Explain& e) const override {
    const std::string place = index_text(e.shape(), e.element()), s = fmt::format("{:g}", s_);
    const bool shift = f_ == Binary::kAdd || f_ == Binary::kSub;
    const std::string number = e.of_output() || !shift ? fmt::format(" {} {}", sign_of(f_), s) : "";
    e.rule("", (e.of_output() ? e.x_name(0) : e.dy_name()) + place + number);
    const Factor from = e.of_output() ? e.x(0, e.element()) : e.dy(e.element());
    if (e.of_output() || !shift) {
      explain_binary(e, f_, from, Explain::number(s_), s);
    } else {
      e.term({}, from, Explain::number(1));
    }
    return true;
  }

 private:
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
  Reads reads(std::size_t i, std::span<const Shape> inputs, const Shape& output) const override {
    return reads_elementwise(inputs[i], output);
  }
  std::vector<OpOption> options() const override { return {{"numerator", {s_}}}; }
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

 private:
  Scalar s_;
};

Var with_scalar(std::string_view name, Binary f, Var x, Scalar s, Location where) {
  return Call(name, where).record(std::make_unique<ScalarOp>(name, f, s), {x});
}

}  // namespace

Var add(Var a, Var b, Location where) { return arithmetic("add", Binary::kAdd, a, b, where); }
Var sub(Var a, Var b, Location where) { return arithmetic("sub", Binary::kSub, a, b, where); }
Var mul(Var a, Var b, Location where) { return arithmetic("mul", Binary::kMul, a, b, where); }
Var div(Var a, Var b, Location where) { return arithmetic("div", Binary::kDiv, a, b, where); }
Var add(Var a, Scalar b, Location where) { return with_scalar("add", Binary::kAdd, a, b, where); }
Var sub(Var a, Scalar b, Location where) { return with_scalar("sub", Binary::kSub, a, b, where); }
Var mul(Var a, Scalar b, Location where) { return with_scalar("mul", Binary::kMul, a, b, where); }
Var div(Var a, Scalar b, Location where) { return with_scalar("div", Binary::kDiv, a, b, where); }
Var neg(Var x, Location where) { return with_scalar("neg", Binary::kMul, x, -1, where); }

Var operator/(Scalar a, Operand b) {
  return Call("div", b.where).record(std::make_unique<ReciprocalOp>(a), {b.var});
}

}  // namespace reel::inline REEL_PRECISION
