// The losses: terms for rows of logits or for pairs of elements, reduced to their mean, their sum or not.
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/explain.h>
#include <reel/core/kernels/losses.h>
#include <reel/core/kernels/reductions.h>
#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

// terms -> the value of the op
Tensor reduce(Tensor terms, Reduction reduction) {
  if (reduction == Reduction::kNone) return terms;
  Tensor total = Tensor::uninitialized({});
  kernels::sum(total.data(), std::as_const(terms).data(), 1, terms.numel(), 1);
  if (reduction == Reduction::kMean) *total.data() /= static_cast<Scalar>(terms.numel());
  return total;
}

// The gradient of the op's value -> of each of its n terms.
kernels::TermGradient term_gradient(const Tensor& dy, Reduction reduction, Index n) {
  const Scalar factor = reduction == Reduction::kMean ? 1 / static_cast<Scalar>(n) : Scalar(1);
  return {dy.data(), reduction == Reduction::kNone ? 1 : 0, factor};
}

void check_rows(const Call& call, const Shape& x, std::string_view what) {
  call.check(x.dim() == 2, "{} are {}, expected [N,C]: a row of C classes for each sample", what, x);
  call.check(x[0] > 0 && x[1] > 0, "{} are {}: the batch is empty, a loss needs a sample and a class", what,
             x);
}

void check_labels(const Call& call, const Shape& x, std::span<const int> labels, std::string_view what) {
  check_rows(call, x, what);
  call.check(std::ssize(labels) == x[0], "{} {} want {} labels, {} were given", what, x, x[0], labels.size());
  for (std::size_t n = 0; n < labels.size(); n++) {
    call.check<Error>(labels[n] >= 0 && labels[n] < x[1],
                      "label {} of sample {} is not one of the {} classes 0..{}", labels[n], n, x[1],
                      x[1] - 1);
  }
}

void check_smoothing(const Call& call, double smoothing) {
  call.check<Error>(smoothing >= 0 && smoothing <= 1, "label_smoothing is {}, it must be in [0, 1]",
                    smoothing);
}

// inputs: logits and, where there are no labels, probabilities
class CrossEntropyOp : public Op {
 public:
  CrossEntropyOp(std::span<const int> labels, CrossEntropyOptions options)
      : labels_(labels.begin(), labels.end()), options_(options) {}

  std::string_view name() const override { return "cross_entropy"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Shape& shape = inputs[0].shape();
    Tensor losses = Tensor::uninitialized({shape[0]});
    softmax_ = Tensor::uninitialized(shape);
    kernels::cross_entropy(inputs[0].data(), targets(inputs.size() > 1 ? inputs[1].data() : nullptr),
                           shape[0], shape[1], softmax_.data(), losses.data());
    return reduce(std::move(losses), options_.reduction);
  }

  std::vector<Tensor> saved() const override { return {softmax_}; }

  void backward(BackwardPass& pass) override {
    const Shape& shape = softmax_.shape();
    Tensor dx = Tensor::uninitialized(shape);
    kernels::cross_entropy_backward(
        std::as_const(softmax_).data(), targets(labels_.empty() ? pass.input(1).data() : nullptr),
        term_gradient(pass.dy(), options_.reduction, shape[0]), shape[0], shape[1], dx.data());
    pass.add(0, std::move(dx));
  }

 private:
  kernels::Targets targets(const Scalar* probabilities) const {
    return {labels_.empty() ? nullptr : labels_.data(), probabilities, options_.label_smoothing};
  }

  std::vector<int> labels_;
  CrossEntropyOptions options_;
  Tensor softmax_;
};

class NllLossOp : public Op {
 public:
  NllLossOp(std::span<const int> labels, Reduction reduction)
      : labels_(labels.begin(), labels.end()), reduction_(reduction) {}

  std::string_view name() const override { return "nll_loss"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Index rows = inputs[0].size(0), classes = inputs[0].size(1);
    Tensor losses = Tensor::uninitialized({rows});
    Scalar* out = losses.data();
    const Scalar* x = inputs[0].data();
    for (Index r = 0; r < rows; r++) out[r] = -x[r * classes + label(r)];
    return reduce(std::move(losses), reduction_);
  }

  void backward(BackwardPass& pass) override {
    const Shape& shape = pass.input(0).shape();
    Tensor dx = Tensor::zeros(shape);
    const kernels::TermGradient dloss = term_gradient(pass.dy(), reduction_, shape[0]);
    Scalar* out = dx.data();
    for (Index r = 0; r < shape[0]; r++) out[r * shape[1] + label(r)] = -dloss(r);
    pass.add(0, std::move(dx));
  }

 private:
  Index label(Index row) const { return labels_[static_cast<std::size_t>(row)]; }

  std::vector<int> labels_;
  Reduction reduction_;
};

// inputs: x and target
class PairLossOp : public Op {
 public:
  PairLossOp(std::string_view name, kernels::PairLoss kind, Reduction reduction)
      : name_(name), kind_(kind), reduction_(reduction) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor losses = Tensor::uninitialized(inputs[0].shape());
    kernels::pair_loss(kind_, inputs[0].data(), inputs[1].data(), losses.numel(), losses.data());
    return reduce(std::move(losses), reduction_);
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

  // Which of the two is larger, where the gradient depends on that alone.
  std::vector<Index> choices(std::span<const Tensor> inputs) const override {
    std::vector<Index> signs;
    if (kind_ != kernels::PairLoss::kAbsolute) return signs;
    const Scalar *x = inputs[0].data(), *target = inputs[1].data();
    for (Index i = 0; i < inputs[0].numel(); i++) signs.push_back((x[i] > target[i]) - (x[i] < target[i]));
    return signs;
  }

 private:
  Tensor slope(const BackwardPass& pass, const Tensor& x, const Tensor& target) const {
    Tensor dx = Tensor::uninitialized(x.shape());
    kernels::pair_loss_backward(kind_, x.data(), target.data(),
                                term_gradient(pass.dy(), reduction_, x.numel()), x.numel(), dx.data());
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
      e.term(loop, Explain::number(first), Explain::number(second * share(n)));
    };
    if (reduction_ == Reduction::kNone) {
      e.rule("", loss_text(e.x_name(0), e.x_name(1), index_text(e.shape(), e.element())));
      return term({}, e.element());
    }
    const std::vector<std::string> names = loop_names(x.shape());
    const std::string each =
        loss_text(e.x_name(0), e.x_name(1), names.empty() ? "" : fmt::format("[{}]", fmt::join(names, ",")));
    e.rule("", fmt::format("sum over {} of {}{}", fmt::join(names, ","), each, share_text(n)), names);
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
    e.rule("",
           fmt::format("{}{} * {}{}", e.dy_name(), each ? place : "",
                       slope_text(e.x_name(e.of_input()) + place, e.x_name(other) + place), share_text(n)));
    e.term({}, e.dy(each ? i : 0), Explain::number(slope * share(n)));
  }

  // What a loss of n elements counts of each.
  double share(Index n) const { return reduction_ == Reduction::kMean ? 1 / static_cast<double>(n) : 1; }
  std::string share_text(Index n) const {
    return reduction_ == Reduction::kMean ? fmt::format(" / {}", n) : "";
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

void check_pair(const Call& call, const Shape& x, const Shape& target) {
  call.check(x == target, "input is {}, target is {}; they must have the same shape", x, target);
  call.check(x.numel() > 0, "input is {}: the batch is empty, a loss needs an element", x);
}

Var pair_loss(std::string_view name, kernels::PairLoss kind, Var x, Var target, LossOptions options,
              Location where) {
  const Call call(name, where);
  check_pair(call, call.shape(x), call.shape(target));
  return call.record(std::make_unique<PairLossOp>(name, kind, options.reduction), {x, target});
}

Var pair_loss(std::string_view name, kernels::PairLoss kind, Var x, const Tensor& target, LossOptions options,
              Location where) {
  const Call call(name, where);
  check_pair(call, call.shape(x), target.shape());
  const Var target_var = x.tape(name, where).input(target, where);
  return call.record(std::make_unique<PairLossOp>(name, kind, options.reduction), {x, target_var});
}

}  // namespace

Var cross_entropy(Var logits, std::span<const int> labels, CrossEntropyOptions options, Location where) {
  const Call call("cross_entropy", where);
  check_labels(call, call.shape(logits), labels, "logits");
  check_smoothing(call, options.label_smoothing);
  return call.record(std::make_unique<CrossEntropyOp>(labels, options), {logits});
}

Var cross_entropy(Var logits, std::initializer_list<int> labels, CrossEntropyOptions options,
                  Location where) {
  return cross_entropy(logits, std::span(labels.begin(), labels.size()), options, where);
}

Var cross_entropy(Var logits, const Tensor& probabilities, CrossEntropyOptions options, Location where) {
  const Call call("cross_entropy", where);
  const Shape& shape = call.shape(logits);
  check_rows(call, shape, "logits");
  call.check(probabilities.shape() == shape,
             "logits are {}, probabilities are {}; they must have the same shape", shape,
             probabilities.shape());
  check_smoothing(call, options.label_smoothing);
  const Var targets = logits.tape("cross_entropy", where).input(probabilities, where);
  return call.record(std::make_unique<CrossEntropyOp>(std::span<const int>(), options), {logits, targets});
}

Var nll_loss(Var log_probabilities, std::span<const int> labels, LossOptions options, Location where) {
  const Call call("nll_loss", where);
  check_labels(call, call.shape(log_probabilities), labels, "log-probabilities");
  return call.record(std::make_unique<NllLossOp>(labels, options.reduction), {log_probabilities});
}

Var mse_loss(Var x, Var target, LossOptions options, Location where) {
  return pair_loss("mse_loss", kernels::PairLoss::kSquare, x, target, options, where);
}

Var mse_loss(Var x, const Tensor& target, LossOptions options, Location where) {
  return pair_loss("mse_loss", kernels::PairLoss::kSquare, x, target, options, where);
}

Var l1_loss(Var x, Var target, LossOptions options, Location where) {
  return pair_loss("l1_loss", kernels::PairLoss::kAbsolute, x, target, options, where);
}

Var l1_loss(Var x, const Tensor& target, LossOptions options, Location where) {
  return pair_loss("l1_loss", kernels::PairLoss::kAbsolute, x, target, options, where);
}

Var bce_with_logits(Var logits, const Tensor& target, LossOptions options, Location where) {
  return pair_loss("bce_with_logits", kernels::PairLoss::kLogistic, logits, target, options, where);
}

}  // namespace reel::inline REEL_PRECISION
