// The losses of rows of logits or log-probabilities [N,C].
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/explain.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/detail/reduced_loss.h>

namespace reel::inline REEL_PRECISION {
namespace {

void check_rows(const Call& call, const Shape& x, std::string_view what, Reduction reduction) {
  call.check(x.dim() == 2, "{} are {}, expected [N,C]: a row of C classes for each sample", what, x);
  call.check(x[1] > 0, "{} are {}: a loss needs a class", what, x);
  detail::check_mean(call, x, reduction);
}

void check_labels(const Call& call, const Shape& x, std::span<const int> labels, std::string_view what,
                  Reduction reduction) {
  check_rows(call, x, what, reduction);
  call.check(std::ssize(labels) == x[0], "{} {} want {} labels, {} were given", what, x, x[0], labels.size());
  for (std::size_t n = 0; n < labels.size(); n++) {
    call.check<Error>(labels[n] >= 0 && labels[n] < x[1],
                      "label {} of sample {} is not one of the {} classes 0..{}", labels[n], n, x[1],
                      x[1] - 1);
  }
}

void check_smoothing(const Call& call, double smoothing) { call.within("label_smoothing", smoothing, 0, 1); }

OpOption shown_labels(const std::vector<int>& labels) {
  return detail::shown("labels", std::span<const int>(labels));
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
                           shape[0], shape[1], softmax_.mutable_data(), losses.mutable_data());
    return detail::reduced(std::move(losses), options_.reduction);
  }

  void backward(BackwardPass& pass) override {
    const Shape& shape = softmax_.shape();
    Tensor dx = Tensor::uninitialized(shape);
    if (shape[0] == 0) return pass.add(0, std::move(dx));  // an empty batch has no labels either
    kernels::cross_entropy_backward(softmax_.data(),
                                    targets(labels_.empty() ? pass.input(1).data() : nullptr),
                                    detail::term_gradient(pass.dy(), options_.reduction, shape[0]), shape[0],
                                    shape[1], dx.mutable_data());
    pass.add(0, std::move(dx));
  }

  bool explain(Explain& e) const override {
    if (!e.of_output() && e.of_input() != 0) return false;  // probabilities are given and get no gradient
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = options(), .reads = {detail::loss_reads(options_.reduction)}, .saved = {softmax_}};
  }

 private:
  std::vector<OpOption> options() const {
    std::vector<OpOption> result;
    if (!labels_.empty()) result.push_back(shown_labels(labels_));
    result.push_back(detail::shown("label_smoothing", options_.label_smoothing));
    result.push_back(detail::shown(options_.reduction));
    return result;
  }

  void explain_value(Explain& e) const {
    const Index rows = softmax_.size(0);
    const bool each = options_.reduction == Reduction::kNone;
    const bool labels_alone = !labels_.empty() && options_.label_smoothing == 0;
    const std::string row = each ? std::to_string(e.element()) : "n";
    const std::string summand =
        labels_alone ? fmt::format("-log softmax({}[{}])[label[{}]]", e.x_name(0), row, row)
                     : fmt::format("-target[{},c] * log softmax({}[{}])[c]", row, e.x_name(0), row);
    std::vector<std::string> counted;
    if (!each) counted.emplace_back("n");
    if (!labels_alone) counted.emplace_back("c");
    e.rule(each ? fmt::format("sample {}", row) : detail::samples_text(rows),
           detail::sum_text(counted, summand + detail::share_text(options_.reduction, rows)), counted);
    if (each) return explain_row(e, e.element(), counted.size());
    for (Index r = 0; r < rows; r++) explain_row(e, r, counted.size());
  }

  // From the logits, for log(softmax) of an unlikely class would be -inf.
  // `counted` of n and c stand in the terms' place, of which n is left out without a reduction.
  void explain_row(Explain& e, Index r, std::size_t counted) const {
    const Index rows = softmax_.size(0), classes = softmax_.size(1);
    const Scalar* z = e.input(0).data() + r * classes;
    const Scalar top = *std::max_element(z, z + classes);
    double total = 0;
    for (Index c = 0; c < classes; c++) total += std::exp(static_cast<double>(z[c] - top));
    const kernels::RowTarget target = target_of(e, r);
    for (Index c = 0; c < classes; c++) {
      if (!target.counts(c)) continue;
      const std::array<Index, 2> place{r, c};
      const bool each = options_.reduction == Reduction::kNone;
      e.term(std::span(place).subspan(each ? 1 : 0, counted), Explain::number(std::log(total) - (z[c] - top)),
             Explain::number(target(c) * detail::share(options_.reduction, rows)),
             fmt::format("-log softmax of class {}, target {:g}", c, target(c)));
    }
  }

  void explain_gradient(Explain& e) const {
    const Index r = e.at(0), c = e.at(1), rows = softmax_.size(0);
    const kernels::RowTarget target = target_of(e, r);
    double mass = 0;  // 1 unless the probabilities do not add up to it
    for (Index k = 0; k < softmax_.size(1); k++) mass += target(k);
    const double softmax = softmax_.data()[e.element()];
    const bool each = options_.reduction == Reduction::kNone, whole = std::abs(mass - 1) < 1e-6;
    e.rule(fmt::format("sample {}, class {}{}", r, c, label_text(r)),
           fmt::format("{}{} * (softmax({}[{}])[{}]{} - {:g}){}", e.dy_name(),
                       each ? fmt::format("[{}]", r) : "", e.x_name(0), r, c,
                       whole ? "" : fmt::format(" * {:g}", mass), target(c),
                       detail::share_text(options_.reduction, rows)));
    e.term({}, e.dy(each ? r : 0),
           Explain::number((softmax * mass - target(c)) * detail::share(options_.reduction, rows)),
           fmt::format("softmax {:g}, target {:g}", softmax, target(c)));
  }

  kernels::RowTarget target_of(const Explain& e, Index r) const {
    return {targets(labels_.empty() ? e.input(1).data() : nullptr), r, softmax_.size(1)};
  }
  std::string label_text(Index r) const {
    return labels_.empty() ? "" : fmt::format(", label {}", labels_[static_cast<std::size_t>(r)]);
  }

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
    Scalar* out = losses.mutable_data();
    const Scalar* x = inputs[0].data();
    for (Index r = 0; r < rows; r++) out[r] = -x[r * classes + label(r)];
    return detail::reduced(std::move(losses), reduction_);
  }

  void backward(BackwardPass& pass) override {
    const Shape& shape = pass.input(0).shape();
    Tensor dx = Tensor::zeros(shape);
    const kernels::TermGradient dloss = detail::term_gradient(pass.dy(), reduction_, shape[0]);
    Scalar* out = dx.mutable_data();
    for (Index r = 0; r < shape[0]; r++) out[r * shape[1] + label(r)] = -dloss(r);
    pass.add(0, std::move(dx));
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = {shown_labels(labels_), detail::shown(reduction_)},
            .reads = {detail::loss_reads(reduction_)}};
  }

 private:
  void explain_value(Explain& e) const {
    const Index rows = e.input(0).size(0), classes = e.input(0).size(1);
    const Factor share = Explain::number(-detail::share(reduction_, rows));
    if (reduction_ == Reduction::kNone) {
      const Index r = e.element();
      e.rule(fmt::format("sample {}", r), fmt::format("-{}[{},{}]", e.x_name(0), r, label(r)));
      return e.term({}, e.x(0, r * classes + label(r)), share);
    }
    e.rule(detail::samples_text(rows),
           fmt::format("sum over n of -{}[n,label[n]]{}", e.x_name(0), detail::share_text(reduction_, rows)),
           {"n"});
    for (Index r = 0; r < rows; r++) {
      e.term({r}, e.x(0, r * classes + label(r)), share, fmt::format("label {}", label(r)));
    }
  }

  void explain_gradient(Explain& e) const {
    const Index r = e.at(0), rows = e.shape()[0];
    const bool each = reduction_ == Reduction::kNone;
    const Factor dy = e.dy(each ? r : 0);
    const std::string place = fmt::format("sample {}, class {}, label {}", r, e.at(1), label(r));
    if (e.at(1) != label(r)) {
      e.rule(place, "0, for the class is not the label");
      return e.left_out({}, dy, fmt::format("the label is {}", label(r)));
    }
    e.rule(place, fmt::format("-{}{}{}", e.dy_name(), each ? fmt::format("[{}]", r) : "",
                              detail::share_text(reduction_, rows)));
    e.term({}, dy, Explain::number(-detail::share(reduction_, rows)), "the label");
  }

  Index label(Index row) const { return labels_[static_cast<std::size_t>(row)]; }

  std::vector<int> labels_;
  Reduction reduction_;
};

// The shape of a loss with a term for each row.
Shape per_row(const Shape& rows, Reduction reduction) {
  return detail::reduced_shape(Shape{rows[0]}, reduction);
}

}  // namespace

Var cross_entropy(Operand logits, std::span<const int> labels, CrossEntropyOptions options) {
  const Call call("cross_entropy", logits.where);
  check_labels(call, call.shape(logits), labels, "logits", options.reduction);
  check_smoothing(call, options.label_smoothing);
  return call.record(std::make_unique<CrossEntropyOp>(labels, options),
                     per_row(call.shape(logits), options.reduction), {logits});
}

Var cross_entropy(Operand logits, std::initializer_list<int> labels, CrossEntropyOptions options) {
  return cross_entropy(logits, std::span(labels.begin(), labels.size()), options);
}

Var cross_entropy(Operand logits, const Tensor& probabilities, CrossEntropyOptions options) {
  const Call call("cross_entropy", logits.where);
  const Shape& shape = call.shape(logits);
  check_rows(call, shape, "logits", options.reduction);
  call.check(probabilities.shape() == shape,
             "logits are {}, probabilities are {}; they must have the same shape", shape,
             probabilities.shape());
  check_smoothing(call, options.label_smoothing);
  const Var targets = logits.tape({"cross_entropy", logits.where}).input({probabilities, logits.where});
  return call.record(std::make_unique<CrossEntropyOp>(std::span<const int>(), options),
                     per_row(shape, options.reduction), {logits, targets});
}

Var nll_loss(Operand log_probabilities, std::span<const int> labels, LossOptions options) {
  const Call call("nll_loss", log_probabilities.where);
  check_labels(call, call.shape(log_probabilities), labels, "log-probabilities", options.reduction);
  return call.record(std::make_unique<NllLossOp>(labels, options.reduction),
                     per_row(call.shape(log_probabilities), options.reduction), {log_probabilities});
}

}  // namespace reel::inline REEL_PRECISION
