// softmax and log_softmax along one dimension.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/kernels/detail/softmax.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {
namespace {

class SoftmaxOp : public Op {
 public:
  SoftmaxOp(bool logarithm, const Shape& shape, Index dim)
      : logarithm_(logarithm), dim_(dim), n_(shape[dim]), lines_(shape.with(dim, 1)) {
    for (Index d = 0; d < dim; d++) outer_ *= shape[d];
    for (Index d = dim + 1; d < shape.dim(); d++) inner_ *= shape[d];
  }

  std::string_view name() const override { return logarithm_ ? "log_softmax" : "softmax"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Tensor& x = inputs[0];
    Tensor y = Tensor::uninitialized(x.shape());
    if (y.numel() == 0) return y;  // a line of the kernels has an element
    const auto kernel = logarithm_ ? kernels::log_softmax : kernels::softmax;
    kernel(y.mutable_data(), x.data(), outer_, n_, inner_);
    return y;
  }

  void backward(BackwardPass& pass) override {
    const Tensor& y = pass.output();
    Tensor dx = Tensor::uninitialized(y.shape());
    const auto kernel = logarithm_ ? kernels::log_softmax_gradient : kernels::softmax_gradient;
    kernel(dx.mutable_data(), pass.dy().data(), y.data(), outer_, n_, inner_);
    pass.add(0, std::move(dx));
  }

  bool explain(Explain& e) const override {
    const Index line = detail::broadcast_element(lines_, e.shape(), e.element());
    const detail::Repeats along(lines_, e.shape(), line);
    e.of_output() ? explain_value(e, along) : explain_gradient(e, along);
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {
        .options = {detail::shown("dim", dim_)}, .reads = {reads_line(inputs[0], dim_)}, .in_onnx = [this] {
          return onnx::Operator{logarithm_ ? "LogSoftmax" : "Softmax", onnx::inputs(1), {{"axis", dim_}}};
        }};
  }

 private:
  // log_softmax is x - log(sum), softmax exp(x) / sum; both less the largest x, so that nothing overflows.
  void explain_value(Explain& e, const detail::Repeats& along) const {
    const Tensor& x = e.input(0);
    const Scalar own = x.data()[e.element()];
    Scalar largest = own;
    along.for_each([&](std::span<const Index>, Index k) { largest = std::max(largest, x.data()[k]); });
    double total = 0;
    along.for_each([&](std::span<const Index>, Index k) {
      total += std::exp(static_cast<double>(x.data()[k] - largest));
    });
    const std::string x_text = e.x_name(0) + index_text(e.shape(), e.element());
    const std::string sum =
        detail::sum_text(along.loop(), fmt::format("exp({}{})", e.x_name(0), along.text()));
    if (logarithm_) {
      e.rule("", fmt::format("{} - log({})", x_text, sum));
      e.term({}, e.x(0, e.element()), Explain::number(1));
      e.term({}, Explain::number(largest + std::log(total)), Explain::number(-1),
             in_own_words("log(sum of exp)"));
    } else {
      e.rule("", fmt::format("exp({}) / ({})", x_text, sum));
      e.term({}, Explain::number(std::exp(static_cast<double>(own - largest)), "exp"),
             Explain::number(1 / total, "1 / sum"),
             say("exp({} - max) and 1 / sum, max = {:g}", x_text, largest));
    }
  }

  // An element of x has two ways to dy: its own numerator, and the sum that all numerators are divided by.
  // As one they would cancel where softmax is near 1, and rounding would be all that is left.
  void explain_gradient(Explain& e, const detail::Repeats& along) const {
    const double y = e.y(e.element()).value, share = logarithm_ ? std::exp(y) : y;
    const std::string own = index_text(e.shape(), e.element()), dy = e.dy_name();
    const std::string sum = detail::sum_text(
        along.loop(), logarithm_ ? dy + along.text()
                                 : fmt::format("{}{} * {}{}", dy, along.text(), e.y_name(), along.text()));
    e.rule("",
           logarithm_ ? fmt::format("{}{} - exp({}{}) * ({})", dy, own, e.y_name(), own, sum)
                      : fmt::format("{}{} * ({}{} - {})", e.y_name(), own, dy, own, sum),
           along.loop());
    e.term({}, e.dy(e.element()), logarithm_ ? Explain::number(1) : e.y(e.element()),
           in_own_words("its own numerator"));
    along.for_each([&](std::span<const Index> loop, Index k) {
      const double slope = logarithm_ ? -share : -share * e.y(k).value;
      e.term(loop, e.dy(k), Explain::number(slope), in_own_words("the sum that divides it"));
    });
  }

  bool logarithm_;
  Index dim_, outer_ = 1, n_, inner_ = 1;
  Shape lines_;  // the shape with one element for each line
};

Var record(bool logarithm, Operand x, Index dim) {
  const Call call(logarithm ? "log_softmax" : "softmax", x.where);
  const Shape& shape = call.shape(x);
  return call.record(std::make_unique<SoftmaxOp>(logarithm, shape, call.dim(shape, dim)), shape, {x});
}

}  // namespace

Var softmax(Operand x, Dim dim) { return record(false, x, dim); }
Var log_softmax(Operand x, Dim dim) { return record(true, x, dim); }

}  // namespace reel::inline REEL_PRECISION
