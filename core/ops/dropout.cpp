// Dropout.
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/explain.h>
#include <reel/core/kernels/dropout.h>
#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>
#include <reel/core/ops/options.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Keeps the stream instead of the mask: backward draws the same numbers again.
class DropoutOp : public Op {
 public:
  DropoutOp(RandomStream stream, double p) : stream_(stream), p_(p) {}

  std::string_view name() const override { return "dropout"; }
  Tensor forward(std::span<const Tensor> inputs) override { return masked(inputs[0]); }
  void backward(BackwardPass& pass) override { pass.add(0, masked(pass.dy())); }

  Reads reads(std::size_t i, std::span<const Shape> inputs, const Shape& output) const override {
    return reads_elementwise(inputs[i], output);
  }

  std::vector<OpOption> options() const override { return {detail::shown("p", p_)}; }

  bool explain(Explain& e) const override {
    const Index i = e.element();
    const Factor from = e.of_output() ? e.x(0, i) : e.dy(i);
    const std::string text = (e.of_output() ? e.x_name(0) : e.dy_name()) + index_text(e.shape(), i);
    if (stream_.uniform(static_cast<std::uint64_t>(i)) < p_) {
      e.rule("", fmt::format("0, for {}{} is dropped", e.x_name(0), index_text(e.shape(), i)));
      std::isfinite(from.value) ? e.left_out({}, from, "dropped")
                                : e.term({}, from, Explain::number(0), "dropped");
    } else {
      e.rule("", fmt::format("{} / (1 - {:g})", text, p_));
      e.term({}, from, Explain::number(1 / (1 - p_)), fmt::format("kept: 1 / (1 - {:g})", p_));
    }
    return true;
  }

 private:
  Tensor masked(const Tensor& x) const {
    Tensor y = Tensor::uninitialized(x.shape());
    kernels::dropout(x.data(), x.numel(), stream_, p_, y.mutable_data());
    return y;
  }

  RandomStream stream_;
  double p_;
};

}  // namespace

Var dropout(Var x, double p, bool training, Location where) {
  const Call call("dropout", where);
  detail::check_dropout(call, p);
  call.shape(x);  // so that an empty or dead Var is an error in eval too; its value may wait on
  if (!training || p == 0) return x;
  return call.record(std::make_unique<DropoutOp>(next_random_stream(), p), {x});
}

}  // namespace reel::inline REEL_PRECISION
