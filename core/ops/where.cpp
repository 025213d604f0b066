// A choice between two tensors, element by element.
#include <utility>

#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

class WhereOp : public Op {
 public:
  WhereOp(const Tensor& condition, const Shape& a, const Shape& b, const Shape& output)
      : mask_(mask(condition, 1, condition.shape())), a_(a), b_(b), output_(output) {}

  std::string_view name() const override { return "where"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return chosen(mask_, inputs[0], inputs[1], output_);
  }

  void backward(BackwardPass& pass) override {
    const Tensor zero = Tensor::zeros({});
    if (pass.wants(0)) pass.add(0, sum_to(chosen(mask_, pass.dy(), zero, output_), a_));
    if (pass.wants(1)) pass.add(1, sum_to(chosen(mask_, zero, pass.dy(), output_), b_));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.formula = formula(inputs, output), .saved = {mask_}, .in_onnx = [condition = mask_] {
              return onnx::Operator{
                  "Where", {onnx::cast(condition, onnx::Type::kBool), onnx::Input{0}, onnx::Input{1}}};
            }};
  }

 private:
  Formula formula(std::span<const Shape> inputs, const Shape& output) const {
    Formula f;
    const formula::Access y = detail::loops_over(f, output);
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      formula::Summand& one = f.add(y, {{i, detail::broadcast_access(inputs[i], y)}});
      const Scalar if_true = i == 0 ? 1 : 0;
      one.scale.mask = [condition = mask_, if_true, output] { return mask(condition, if_true, output); };
      one.scale.chooses = true;
      one.note = "not chosen";
    }
    return f;
  }

  // `if_true` where the condition is true, else 1 - if_true.
  static Tensor mask(const Tensor& condition, Scalar if_true, const Shape& shape) {
    return chosen(condition, Tensor::full({}, if_true), Tensor::full({}, 1 - if_true), shape);
  }

  Tensor mask_;  // 1 where the condition is true, else 0: the condition may change until backward
  Shape a_, b_, output_;
};

}  // namespace

Var where(Located<Tensor> condition, Var a, Var b) {
  const Call call("where", condition.where);
  call.check<Error>(condition.defined(), "the condition is undefined; make it with a shape");
  const Shape &left = call.shape(a), &right = call.shape(b);
  const Shape result = broadcast_shape(call, broadcast_shape(call, left, right), condition.shape());
  return call.record(std::make_unique<WhereOp>(condition, left, right, result), result, {a, b});
}

Var where(Located<Tensor> condition, Var a, Scalar b) {
  return where(condition, a, constant("where", {a, condition.where}, b));
}

Var where(Located<Tensor> condition, Scalar a, Var b) {
  return where(condition, constant("where", {b, condition.where}, a), b);
}

}  // namespace reel::inline REEL_PRECISION
