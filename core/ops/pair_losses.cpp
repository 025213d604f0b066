// The losses of pairs of elements: squared and absolute errors, binary cross-entropy.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/explain.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/detail/reduced_loss.h>

namespace reel::inline REEL_PRECISION {
namespace {

// inputs: x and target
class PairLossOp : public Op {
 public:
  PairLossOp(std::string_view name, kernels::PairLoss kind, Reduction reduction)
      : name_(name), kind_(kind), reduction_(reduction) {}

  std::string_view name() const override { return name_; }

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
    const auto term = [&](std::span<const Index> loop, Index i) {
      const Scalar a = x.data()[i], b = target.data()[i];
      Scalar loss;
      kernels::pair_loss(kind_, &a, &b, 1, &loss);
      const bool square = kind_ == kernels::PairLoss::kSquare;
      const double first = square ? static_cast<double>(a) - b : loss, second = square ? first : 1;
      e.term(loop, Explain::number(first), Explain::number(second * detail::share(reduction_, n)));
    };
    if (reduction_ == Reduction::kNone) {
      e.rule("", loss_text(e.x_name(0), e.x_name(1), index_text(e.shape(), e.element())));
      return term({}, e.element());
    }
    const std::vector<std::string> names = loop_names(x.shape());
    const std::string each =
        loss_text(e.x_name(0), e.x_name(1), names.empty() ? "" : fmt::format("[{}]", fmt::join(names, ",")));
    e.rule("",
           fmt::format("sum over {} of {}{}", fmt::join(names, ","), each, detail::share_text(reduction_, n)),
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
                           slope_text(e.x_name(e.of_input()) + place, e.x_name(other) + place),
                           detail::share_text(reduction_, n)));
    e.term({}, e.dy(each ? i : 0), Explain::number(slope * detail::share(reduction_, n)));
  }

  std::string loss_text(const std::string& x, const std::string& target, const std::string& at) const {
    switch (kind_) {
      case kernels::PairLoss::kSquare:
        return fmt::format("({0}{2} - {1}{2})^2", x, target, at);
      case kernels::PairLoss::kAbsolute:
        return fmt::format("|{0}{2} - {1}{2}|", x, target, at);
      case kernels::PairLoss::kLogistic:
        break;
    }
    return fmt::format("(max({0}{2}, 0) - {0}{2} {1}{2} + log(1 + exp(-|{0}{2}|)))", x, target, at);
  }

  std::string slope_text(const std::string& x, const std::string& target) const {
    switch (kind_) {
      case kernels::PairLoss::kSquare:
        return fmt::format("2 ({} - {})", x, target);
      case kernels::PairLoss::kAbsolute:
        return fmt::format("sign({} - {})", x, target);
      case kernels::PairLoss::kLogistic:
        break;
    }
    return fmt::format("(sigmoid({}) - {})", x, target);
  }

  std::string_view name_;  // a literal
  kernels::PairLoss kind_;
  Reduction reduction_;
};

void check_pair(const Call& call, const Shape& x, const Shape& target, Reduction reduction) {
  call.check(x == target, "input is {}, target is {}; they must have the same shape", x, target);
  detail::check_mean(call, x, reduction);
}

Var pair_loss(std::string_view name, kernels::PairLoss kind, Operand x, Var target, LossOptions options) {
  const Call call(name, x.where);
  check_pair(call, call.shape(x), call.shape(target), options.reduction);
  return call.record(std::make_unique<PairLossOp>(name, kind, options.reduction),
                     detail::reduced_shape(call.shape(x), options.reduction), {x, target});
}

Var pair_loss(std::string_view name, kernels::PairLoss kind, Operand x, const Tensor& target,
              LossOptions options) {
  const Call call(name, x.where);
  check_pair(call, call.shape(x), target.shape(), options.reduction);
  const Var target_var = x.tape({name, x.where}).input({target, x.where});
  return call.record(std::make_unique<PairLossOp>(name, kind, options.reduction),
                     detail::reduced_shape(target.shape(), options.reduction), {x, target_var});
}

}  // namespace

Var mse_loss(Operand x, Var target, LossOptions options) {
  return pair_loss("mse_loss", kernels::PairLoss::kSquare, x, target, options);
}

Var mse_loss(Operand x, const Tensor& target, LossOptions options) {
  return pair_loss("mse_loss", kernels::PairLoss::kSquare, x, target, options);
}

Var l1_loss(Operand x, Var target, LossOptions options) {
  return pair_loss("l1_loss", kernels::PairLoss::kAbsolute, x, target, options);
}

Var l1_loss(Operand x, const Tensor& target, LossOptions options) {
  return pair_loss("l1_loss", kernels::PairLoss::kAbsolute, x, target, options);
}

Var bce_with_logits(Operand logits, const Tensor& target, LossOptions options) {
  return pair_loss("bce_with_logits", kernels::PairLoss::kLogistic, logits, target, options);
}

}  // namespace reel::inline REEL_PRECISION
