// The losses of pairs of elements: squared and absolute errors, binary cross-entropy.
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/explain.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/detail/reduced_loss.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {
namespace {

// How a loss of x and its target is called, it and its slope are written, and what its first factor is.
struct LossWords {
  std::string_view name, value, slope, factor;
};
const LossWords& loss_words(kernels::PairLoss kind) {
  static constexpr std::array<LossWords, 3> kWords{
      {{"mse_loss", "({0} - {1})^2", "2 ({0} - {1})", sentence("difference")},
       {"l1_loss", "|{0} - {1}|", "sign({0} - {1})", sentence("|difference|")},
       {"bce_with_logits", "(max({0}, 0) - {0} {1} + log(1 + exp(-|{0}|)))", "(sigmoid({0}) - {1})",
        sentence("loss")}}};
  return kWords[static_cast<std::size_t>(kind)];
}

// inputs: x and target
class PairLossOp : public Op {
 public:
  PairLossOp(kernels::PairLoss kind, Reduction reduction) : kind_(kind), reduction_(reduction) {}

  std::string_view name() const override { return loss_words(kind_).name; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor losses = Tensor::uninitialized(inputs[0].shape());
    kernels::pair_loss(kind_, inputs[0].data(), inputs[1].data(), losses.numel(), losses.mutable_data());
    return detail::reduced(std::move(losses), reduction_);
  }

  void backward(BackwardPass& pass) override {
    const Tensor &x = pass.input(0), &target = pass.input(1);
    if (pass.wants(0)) pass.add(0, slope(pass, x, target));
    if (pass.wants(1)) pass.add(1, slope(pass, target, x));  // the losses of two Vars are symmetric
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_slope(e);
    return true;
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    std::vector<Reads> reads;
    for (const Shape& input : inputs) {
      reads.push_back(reduction_ == Reduction::kNone ? reads_elementwise(input, output)
                                                     : detail::loss_reads(reduction_));
    }
    return {.options = {detail::shown(reduction_)},
            .reads = std::move(reads),
            .choices = [this](std::span<const Tensor> x) { return choices(x); }};
  }

 private:
  // Which of the two is larger, where the gradient depends on that alone.
  std::vector<Index> choices(std::span<const Tensor> inputs) const {
    std::vector<Index> signs;
    if (kind_ != kernels::PairLoss::kAbsolute) return signs;
    const Scalar *x = inputs[0].data(), *target = inputs[1].data();
    for (Index i = 0; i < inputs[0].numel(); i++) signs.push_back((x[i] > target[i]) - (x[i] < target[i]));
    return signs;
  }

  Tensor slope(const BackwardPass& pass, const Tensor& x, const Tensor& target) const {
    Tensor dx = Tensor::uninitialized(x.shape());
    kernels::pair_loss_backward(kind_, x.data(), target.data(),
                                detail::term_gradient(pass.dy(), reduction_, x.numel()), x.numel(),
                                dx.mutable_data());
    return dx;
  }

  // A square is the product of two factors; the other losses are one number each.
  void explain_value(Explain& e) const {
    const Tensor &x = e.input(0), &target = e.input(1);
    const Index n = x.numel();
    const bool square = kind_ == kernels::PairLoss::kSquare;
    const std::string_view factor = in_own_words(loss_words(kind_).factor);
    const std::string other = fmt::format("{}{}", square ? factor : "1", detail::share_text(reduction_, n));
    const auto term = [&](std::span<const Index> loop, Index i) {
      const Scalar a = x.data()[i], b = target.data()[i];
      Scalar loss;
      kernels::pair_loss(kind_, &a, &b, 1, &loss);
      const double first = square ? static_cast<double>(a) - b : loss, second = square ? first : 1;
      e.term(loop, Explain::number(first, factor),
             Explain::number(second * detail::share(reduction_, n), other));
    };
    const auto loss_at = [&](const std::string& place) {
      return fmt::format(fmt::runtime(loss_words(kind_).value), e.x_name(0) + place, e.x_name(1) + place);
    };
    if (reduction_ == Reduction::kNone) {
      e.rule("", loss_at(index_text(e.shape(), e.element())));
      return term({}, e.element());
    }
    const std::vector<std::string> names = loop_names(x.shape());
    e.rule("",
           say("sum over {} of {}", fmt::format("{}", fmt::join(names, ",")),
               loss_at(names.empty() ? "" : bracketed(names)) + detail::share_text(reduction_, n)),
           names);
    std::vector<Index> index(names.size());
    for (Index i = 0; i < n; i++, next_index(x.shape(), index)) term(index, i);
  }

  void explain_slope(Explain& e) const {
    const Index i = e.element(), n = e.input(0).numel();
    const std::size_t other = 1 - e.of_input();
    const Scalar x = e.input(e.of_input()).data()[i], target = e.input(other).data()[i], one = 1;
    Scalar slope;
    kernels::pair_loss_backward(kind_, &x, &target, {&one, 0, 1}, 1, &slope);
    const std::string place = index_text(e.shape(), i);
    const bool each = reduction_ == Reduction::kNone;
    e.rule("", fmt::format("{}{} * {}{}", e.dy_name(), each ? place : "",
                           fmt::format(fmt::runtime(loss_words(kind_).slope), e.x_name(e.of_input()) + place,
                                       e.x_name(other) + place),
                           detail::share_text(reduction_, n)));
    e.term({}, e.dy(each ? i : 0),
           Explain::number(slope * detail::share(reduction_, n), in_own_words("slope")));
  }

  kernels::PairLoss kind_;
  Reduction reduction_;
};

Var pair_loss(kernels::PairLoss kind, Operand x, Var target, LossOptions options) {
  const Call call(loss_words(kind).name, x.where);
  detail::check_pair(call, call.shape(x), call.shape(target), options.reduction);
  return call.record(std::make_unique<PairLossOp>(kind, options.reduction),
                     detail::reduced_shape(call.shape(x), options.reduction), {x, target});
}

Var pair_loss(kernels::PairLoss kind, Operand x, const Tensor& target, LossOptions options) {
  const Call call(loss_words(kind).name, x.where);
  detail::check_pair(call, call.shape(x), target.shape(),
                     options.reduction);  // before the tape gets an input
  return pair_loss(kind, x, x.tape({call.name(), x.where}).input({target, x.where}), options);
}

}  // namespace

Var mse_loss(Operand x, Var target, LossOptions options) {
  return pair_loss(kernels::PairLoss::kSquare, x, target, options);
}

Var mse_loss(Operand x, const Tensor& target, LossOptions options) {
  return pair_loss(kernels::PairLoss::kSquare, x, target, options);
}

Var l1_loss(Operand x, Var target, LossOptions options) {
  return pair_loss(kernels::PairLoss::kAbsolute, x, target, options);
}

Var l1_loss(Operand x, const Tensor& target, LossOptions options) {
  return pair_loss(kernels::PairLoss::kAbsolute, x, target, options);
}

Var bce_with_logits(Operand logits, const Tensor& target, BceWithLogitsOptions options) {
  if (options.pos_weight.defined()) {
    return detail::weighted_bce(logits, target, options.pos_weight, options.reduction);
  }
  return pair_loss(kernels::PairLoss::kLogistic, logits, target, {options.reduction});
}

}  // namespace reel::inline REEL_PRECISION
