// a + b, a - b, a * b, a / b with broadcasting, their forms with a number, and -x.
#include <reel/core/ops/broadcast.h>
#include <reel/core/ops/epilogue.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

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

  std::optional<Shape> waits(std::span<const Tensor>) const override {
    return is_plain_sum() ? std::optional(a_) : std::nullopt;
  }
  Tensor fused_forward(std::span<const Tensor> inputs, const Epilogue& epilogue) override {
    const Tensor &a = inputs[0], &b = inputs[1];
    if (epilogue.addend.defined()) {
      return finished(elementwise(f_, a, b), epilogue);
    }
    Tensor y = Tensor::uninitialized(a_);
    kernels::finish(y.data(), a.data(), {.addend = b.data(), .relu = epilogue.relu}, y.numel());
    return y;
  }
  EpilogueStep epilogue_step() const override {
    return is_plain_sum() ? EpilogueStep::kAdd : EpilogueStep::kNone;
  }

 private:
  bool is_plain_sum() const { return f_ == Binary::kAdd && a_ == b_; }

  Tensor gradient_a(const BackwardPass& pass) const {
    const bool linear = f_ == Binary::kAdd || f_ == Binary::kSub;
    return linear ? pass.dy() : elementwise(f_, pass.dy(), pass.input(1));
  }

  // 1, -1, a, and -(a / b) / b.
  Tensor gradient_b(const BackwardPass& pass) const {
    if (f_ == Binary::kAdd) return pass.dy();
    if (f_ == Binary::kMul) return elementwise(Binary::kMul, pass.dy(), pass.input(0));
    const Tensor negative = elementwise(Binary::kMul, pass.dy(), Scalar(-1));
    if (f_ == Binary::kSub) return negative;
    return elementwise(Binary::kDiv, elementwise(Binary::kMul, negative, pass.output()), pass.input(1));
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
