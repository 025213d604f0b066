// Dropout.
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/kernels/detail/dropout.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Keeps the stream instead of the mask: backward draws the same numbers again.
class DropoutOp : public Op {
 public:
  DropoutOp(RandomStream stream, double p) : stream_(stream), p_(p) {}

  std::string_view name() const override { return "dropout"; }
  Tensor forward(std::span<const Tensor> inputs) override { return masked(inputs[0], stream_, p_); }
  void backward(BackwardPass& pass) override { pass.add(0, masked(pass.dy(), stream_, p_)); }

  OpFacts facts(std::span<const Shape>, const Shape& output) const override {
    return {.options = {detail::shown("p", p_)}, .formula = formula(output)};
  }

 private:
  Formula formula(const Shape& output) const {
    Formula f;
    const formula::Access y = detail::loops_over(f, output);
    formula::Summand& kept = f.add(y, {{0, y}});
    kept.scale.number = 1 - p_;
    kept.scale.divides = true;
    kept.scale.text = fmt::format("(1 - {:g})", p_);
    kept.scale.mask = [stream = stream_, p = p_, output] { return masked(Tensor::ones(output), stream, p); };
    kept.note = "dropped";
    return f;
  }

  static Tensor masked(const Tensor& x, RandomStream stream, double p) {
    Tensor y = Tensor::uninitialized(x.shape());
    kernels::dropout(x.data(), x.numel(), stream, p, y.mutable_data());
    return y;
  }

  RandomStream stream_;
  double p_;
};

}  // namespace

Var dropout(Operand x, double p, bool training) {
  const Call call("dropout", x.where);
  detail::check_dropout(call, p);
  call.shape(x);  // so that an empty or dead Var is an error in eval too; its value may wait on
  if (!training || p == 0) return x;
  return call.record(std::make_unique<DropoutOp>(next_random_stream(), p), call.shape(x), {x});
}

}  // namespace reel::inline REEL_PRECISION
