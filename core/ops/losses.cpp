// The losses of rows of logits or log-probabilities [N,C].
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <reel/core/explain.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/detail/reduced_loss.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {
namespace {

void check_rows(const Call& call, const Shape& x, std::string_view what, Reduction reduction) {
  call.check(x.dim() == 2, "{} are {}, expected [N,C]: a row of C classes for each sample", what, x);
  call.check(x[1] > 0, "{} are {}: a loss needs a class", what, x);
  detail::check_mean(call, x, reduction);
}

void check_labels(const Call& call, const Shape& x, std::span<const int> labels, std::string_view what,
                  Reduction reduction, std::optional<int> ignored = {}) {
  check_rows(call, x, what, reduction);
  call.check(std::ssize(labels) == x[0], "{} {} want {} labels, {} were given", what, x, x[0], labels.size());
  for (std::size_t n = 0; n < labels.size(); n++) {
    call.check<Error>(labels[n] == ignored || (labels[n] >= 0 && labels[n] < x[1]),
                      "label {} of sample {} is not one of the {} classes 0..{}", labels[n], n, x[1],
                      x[1] - 1);
  }
}

void check_options(const Call& call, const Shape& rows, const CrossEntropyOptions& options) {
  call.within("label_smoothing", options.label_smoothing, 0, 1);
  if (!options.weight.defined()) return;
  call.check(options.weight.shape() == Shape{rows[1]}, "weight is {}, logits {} want [{}]: a number a class",
             options.weight.shape(), rows, rows[1]);
  for (const Scalar weight : options.weight.values()) call.non_negative("a weight", weight);
}

OpOption shown_labels(const std::vector<int>& labels) {
  return detail::shown("labels", std::span<const int>(labels));
}

// inputs: logits and, where there are no labels, probabilities
class CrossEntropyOp : public Op {
 public:
  // An ignored label is -1 here. The mean divides by `divisor`, by the rows where there is none.
  CrossEntropyOp(std::vector<int> labels, CrossEntropyOptions options, std::optional<double> divisor)
      : labels_(std::move(labels)), options_(std::move(options)), divisor_(divisor) {}

  std::string_view name() const override { return "cross_entropy"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const Shape& shape = inputs[0].shape();
    Tensor losses = Tensor::uninitialized({shape[0]});
    softmax_ = Tensor::uninitialized(shape);
    kernels::cross_entropy(inputs[0].data(), targets(inputs.size() > 1 ? inputs[1].data() : nullptr),
                           shape[0], shape[1], softmax_.mutable_data(), losses.mutable_data());
    return detail::reduced(std::move(losses), options_.reduction, divisor_);
  }

  void backward(BackwardPass& pass) override {
    const Shape& shape = softmax_.shape();
    Tensor dx = Tensor::uninitialized(shape);
    if (shape[0] == 0) return pass.add(0, std::move(dx));  // an empty batch has no labels either
    kernels::cross_entropy_backward(
        softmax_.data(), targets(labels_.empty() ? pass.input(1).data() : nullptr),
        detail::term_gradient(pass.dy(), options_.reduction, terms()), shape[0], shape[1], dx.mutable_data());
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
    if (options_.weight.defined()) result.push_back(detail::shown("weight", options_.weight.values()));
    return result;
  }

  void explain_value(Explain& e) const {
    const Index rows = softmax_.size(0);
    const bool each = options_.reduction == Reduction::kNone;
    const bool labels_alone = !labels_.empty() && options_.label_smoothing == 0;
    const std::string row = each ? std::to_string(e.element()) : "n";
    const std::string weight = options_.weight.defined() ? fmt::format("weight[label[{}]] * ", row) : "";
    const std::string summand =
        labels_alone ? fmt::format("-{}log softmax({}[{}])[label[{}]]", weight, e.x_name(0), row, row)
                     : fmt::format("-target[{},c] * log softmax({}[{}])[c]", row, e.x_name(0), row);
    std::vector<std::string> counted;
    if (!each) counted.emplace_back("n");
    if (!labels_alone) counted.emplace_back("c");
    e.rule(each ? say("sample {}", row) : detail::samples_text(rows),
           detail::sum_text(counted, summand + detail::share_text(options_.reduction, terms())), counted);
    if (each) return explain_row(e, e.element(), counted.size());
    for (Index r = 0; r < rows; r++) explain_row(e, r, counted.size());
  }

  // From the logits, for log(softmax) of an unlikely class would be -inf.
  // `counted` of n and c stand in the terms' place, of which n is left out without a reduction.
  void explain_row(Explain& e, Index r, std::size_t counted) const {
    const Index classes = softmax_.size(1);
    const std::string share = "target" + detail::share_text(options_.reduction, terms());
    const Scalar* z = e.input(0).data() + r * classes;
    const Scalar top = *std::max_element(z, z + classes);
    double total = 0;
    for (Index c = 0; c < classes; c++) total += std::exp(static_cast<double>(z[c] - top));
    const kernels::RowTarget target = target_of(e, r);
    for (Index c = 0; c < classes; c++) {
      if (!target.counts(c)) continue;
      const std::array<Index, 2> place{r, c};
      const bool each = options_.reduction == Reduction::kNone;
      e.term(std::span(place).subspan(each ? 1 : 0, counted),
             Explain::number(std::log(total) - (z[c] - top), "-log softmax"),
             Explain::number(target(c) * detail::share(options_.reduction, terms()), share),
             say("-log softmax of class {}, target {:g}", c, target(c)));
    }
  }

  void explain_gradient(Explain& e) const {
    const Index r = e.at(0), c = e.at(1);
    const kernels::RowTarget target = target_of(e, r);
    double mass = 0;  // 1 unless the probabilities do not add up to it
    for (Index k = 0; k < softmax_.size(1); k++) mass += target(k);
    const double softmax = softmax_.data()[e.element()];
    const bool each = options_.reduction == Reduction::kNone, whole = std::abs(mass - 1) < 1e-6;
    e.rule(class_text(r, c), fmt::format("{}{} * (softmax({}[{}])[{}]{} - {:g}){}", e.dy_name(),
                                         each ? fmt::format("[{}]", r) : "", e.x_name(0), r, c,
                                         whole ? "" : fmt::format(" * {:g}", mass), target(c),
                                         detail::share_text(options_.reduction, terms())));
    e.term({}, e.dy(each ? r : 0),
           Explain::number((softmax * mass - target(c)) * detail::share(options_.reduction, terms()),
                           in_own_words("slope")),
           say("softmax {:g}, target {:g}", softmax, target(c)));
  }

  kernels::RowTarget target_of(const Explain& e, Index r) const {
    return {targets(labels_.empty() ? e.input(1).data() : nullptr), r, softmax_.size(1)};
  }
  std::string class_text(Index r, Index c) const {
    if (labels_.empty()) return say("sample {}, class {}", r, c);
    const int label = labels_[static_cast<std::size_t>(r)];
    return label < 0 ? say("sample {}, class {}, ignored", r, c)
                     : say("sample {}, class {}, label {}", r, c, label);
  }

  kernels::Targets targets(const Scalar* probabilities) const {
    return {labels_.empty() ? nullptr : labels_.data(), probabilities, options_.label_smoothing,
            options_.weight.defined() ? options_.weight.data() : nullptr};
  }
  double terms() const { return divisor_.value_or(static_cast<double>(softmax_.size(0))); }

  std::vector<int> labels_;
  CrossEntropyOptions options_;
  std::optional<double> divisor_;
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
      e.rule(say("sample {}", r), fmt::format("-{}[{},{}]", e.x_name(0), r, label(r)));
      return e.term({}, e.x(0, r * classes + label(r)), share);
    }
    const std::vector<std::string> loop{"n"};
    e.rule(detail::samples_text(rows),
           detail::sum_text(
               loop, fmt::format("-{}[n,label[n]]{}", e.x_name(0), detail::share_text(reduction_, rows))),
           loop);
    for (Index r = 0; r < rows; r++) {
      e.term({r}, e.x(0, r * classes + label(r)), share, say("label {}", label(r)));
    }
  }

  void explain_gradient(Explain& e) const {
    const Index r = e.at(0), rows = e.shape()[0];
    const bool each = reduction_ == Reduction::kNone;
    const Factor dy = e.dy(each ? r : 0);
    const std::string place = say("sample {}, class {}, label {}", r, e.at(1), label(r));
    if (e.at(1) != label(r)) {
      e.rule(place, say("0, for the class is not the label"));
      return e.left_out({}, dy, say("the label is {}", label(r)));
    }
    e.rule(place, fmt::format("-{}{}{}", e.dy_name(), each ? fmt::format("[{}]", r) : "",
                              detail::share_text(reduction_, rows)));
    e.term({}, dy, Explain::number(-detail::share(reduction_, rows)), in_own_words("the label"));
  }

  Index label(Index row) const { return labels_[static_cast<std::size_t>(row)]; }

  std::vector<int> labels_;
  Reduction reduction_;
};

// The shape of a loss with a term for each row.
Shape per_row(const Shape& rows, Reduction reduction) {
  return detail::reduced_shape(Shape{rows[0]}, reduction);
}

bool is_image_of_rows(const Shape& logits) { return logits.dim() > 2; }

// [N,C,...] -> a row of classes for each place, [N*...,C].
Var rows_of(Operand logits) {
  const Shape& shape = logits.shape(logits.where);
  std::vector<Index> order(static_cast<std::size_t>(shape.dim()));
  std::iota(order.begin(), order.end(), Index{0});
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());  // the classes go last
  return reshape({permute(logits, order), logits.where},
                 {shape.numel() / std::max<Index>(shape[1], 1), shape[1]});
}

// [N,...] of [N,C,...].
Shape without_classes(const Shape& logits) {
  std::vector<Index> sizes(logits.begin(), logits.end());
  if (sizes.size() > 1) sizes.erase(sizes.begin() + 1);
  return Shape(sizes);
}

// A loss for each place of [N,C,...], where nothing is reduced.
Var image_of(Var losses, const Shape& logits, Reduction reduction, Location where) {
  if (reduction != Reduction::kNone) return losses;
  const Shape places = without_classes(logits);
  return reshape({losses, where}, {places.begin(), places.end()});
}

// Labels that came as numbers. Whether they are classes is checked where all labels are.
std::vector<int> labels_of(const Call& call, const Tensor& targets) {
  std::vector<int> labels;
  for (const Scalar target : targets.values()) {
    call.check<Error>(target == std::trunc(target) && std::abs(target) < Scalar{0x1p31},
                      "target {} of targets {} is {}; a label, a whole number, is expected", labels.size(),
                      targets.shape(), target);
    labels.push_back(static_cast<int>(target));
  }
  return labels;
}

// What the mean divides by in place of the rows, where labels have weights or are ignored.
std::optional<double> weight_of_labels(const Call& call, std::span<const int> labels,
                                       const CrossEntropyOptions& options) {
  if (!options.weight.defined() && !options.ignore_index) return {};
  double sum = 0;
  for (const int label : labels) {
    if (label >= 0) sum += options.weight.defined() ? static_cast<double>(options.weight.at(label)) : 1;
  }
  call.check<Error>(
      sum > 0 || options.reduction != Reduction::kMean,
      "every label is ignored or weighs 0: there is no mean loss; skip the batch, or take the sum");
  return sum;
}

}  // namespace

Var cross_entropy(Operand logits, std::span<const int> labels, CrossEntropyOptions options) {
  const Call call("cross_entropy", logits.where);
  if (is_image_of_rows(call.shape(logits))) {
    const Var losses = cross_entropy({rows_of(logits), logits.where}, labels, options);
    return image_of(losses, call.shape(logits), options.reduction, logits.where);
  }
  const Shape& rows = call.shape(logits);
  check_labels(call, rows, labels, "logits", options.reduction, options.ignore_index);
  check_options(call, rows, options);
  std::vector<int> counted(labels.begin(), labels.end());
  if (options.ignore_index) std::ranges::replace(counted, *options.ignore_index, -1);
  const auto divisor = weight_of_labels(call, counted, options);
  return call.record(std::make_unique<CrossEntropyOp>(std::move(counted), options, divisor),
                     per_row(rows, options.reduction), {logits});
}

Var cross_entropy(Operand logits, std::initializer_list<int> labels, CrossEntropyOptions options) {
  return cross_entropy(logits, std::span(labels.begin(), labels.size()), options);
}

Var cross_entropy(Operand logits, const Tensor& targets, CrossEntropyOptions options) {
  const Call call("cross_entropy", logits.where);
  const Shape& shape = call.shape(logits);
  if (shape.dim() >= 2 && targets.defined() && targets.shape() == without_classes(shape))
    return cross_entropy(logits, labels_of(call, targets), options);
  call.check(targets.shape() == shape,
             "logits are {}, targets are {}; probabilities {} or labels {} are expected", shape,
             targets.shape(), shape, without_classes(shape));
  call.check<Error>(!options.ignore_index, "ignore_index is a label's, probabilities were given");
  Operand probabilities{logits.tape({call.name(), logits.where}).input({targets, logits.where}),
                        logits.where};
  const bool image = is_image_of_rows(shape);
  const Var rows = image ? rows_of(logits) : logits;
  check_rows(call, call.shape(rows), "logits", options.reduction);
  check_options(call, call.shape(rows), options);
  const Var losses = call.record(std::make_unique<CrossEntropyOp>(std::vector<int>(), options, std::nullopt),
                                 per_row(call.shape(rows), options.reduction),
                                 {rows, image ? rows_of(probabilities) : probabilities});
  return image ? image_of(losses, shape, options.reduction, logits.where) : losses;
}

Var nll_loss(Operand log_probabilities, std::span<const int> labels, LossOptions options) {
  const Call call("nll_loss", log_probabilities.where);
  check_labels(call, call.shape(log_probabilities), labels, "log-probabilities", options.reduction);
  return call.record(std::make_unique<NllLossOp>(labels, options.reduction),
                     per_row(call.shape(log_probabilities), options.reduction), {log_probabilities});
}

}  // namespace reel::inline REEL_PRECISION
