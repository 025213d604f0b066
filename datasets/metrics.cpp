#include <reel/datasets/metrics.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <ostream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {
namespace {

void check_any(std::string_view metric, Location where, Index count, std::string_view what) {
  if (count == 0)
    throw Error(fmt::format("{}: its value was asked for before any {} was added",
                            call_label(metric, "", where), what));
}

void check_classes(Located<std::string_view> metric, std::span<const int> classes, Index count) {
  const auto wrong = std::ranges::find_if(classes, [&](int c) { return c < 0 || c >= count; });
  if (wrong == classes.end()) return;
  throw Error(fmt::format("{}: sample {} has class {}, classes are 0 to {}",
                          call_label(metric, "", metric.where), wrong - classes.begin(), *wrong, count - 1));
}

std::vector<Index> predictions(Located<std::string_view> metric, const Tensor& logits,
                               std::span<const int> labels) {
  if (logits.dim() != 2 || logits.size(0) != std::ssize(labels) || logits.size(1) < 1) {
    throw ShapeError(fmt::format("{}: logits are {}, [N,C] with one row for each of {} labels is expected",
                                 call_label(metric, "", metric.where), logits.shape(), labels.size()));
  }
  check_classes(metric, labels, logits.size(1));
  return logits.argmax({1, metric.where});
}

// NaN of nothing.
double share(Index part, Index all) {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : kNothing;
}

}  // namespace

void Mean::add(double value, Index count) {
  if (count < 0 || count > kMaxCount - count_)
    throw Error(fmt::format("Mean: a mean of {} numbers was added to one of {}, 0 to {} in all are expected",
                            count, count_, kMaxCount));
  if (count == 0) return;  // whatever the value is, as that of an empty batch
  sum_ += value * static_cast<double>(count);
  count_ += count;
}

double Mean::value(Location where) const {
  check_any("Mean", where, count_, "number (with a count above 0)");
  return sum_ / static_cast<double>(count_);
}

void Accuracy::add(const Located<Tensor>& logits, std::span<const int> labels) {
  const std::vector<Index> predicted = predictions({"Accuracy", logits.where}, logits, labels);
  for (std::size_t i = 0; i < labels.size(); i++) correct_ += predicted[i] == labels[i];
  total_ += std::ssize(labels);
}

double Accuracy::value(Location where) const {
  check_any("Accuracy", where, total_, "sample");
  return static_cast<double>(correct_) / static_cast<double>(total_);
}

ConfusionMatrix::ConfusionMatrix(std::vector<std::string> class_names)
    : class_names_(std::move(class_names)), counts_(class_names_.size() * class_names_.size()) {
  if (class_names_.empty()) throw Error("ConfusionMatrix: no classes were given, at least one is expected");
}

void ConfusionMatrix::add(const Located<Tensor>& logits, std::span<const int> labels) {
  const std::vector<Index> predicted = predictions({"ConfusionMatrix", logits.where}, logits, labels);
  if (logits.size(1) != classes()) {
    throw ShapeError(fmt::format("{}: logits {} are of {} classes, the matrix has {}",
                                 call_label("ConfusionMatrix", "", logits.where), logits.shape(),
                                 logits.size(1), classes()));
  }
  count(predicted, labels);
}

void ConfusionMatrix::add(Located<std::span<const int>> predicted, std::span<const int> labels) {
  if (predicted.size() != labels.size()) {
    throw ShapeError(fmt::format("{}: {} predictions for {} labels",
                                 call_label("ConfusionMatrix", "", predicted.where), predicted.size(),
                                 labels.size()));
  }
  check_classes({"ConfusionMatrix", predicted.where}, predicted, classes());
  check_classes({"ConfusionMatrix", predicted.where}, labels, classes());
  count(std::vector<Index>(predicted.begin(), predicted.end()), labels);
}

void ConfusionMatrix::count(std::span<const Index> predicted, std::span<const int> labels) {
  for (std::size_t i = 0; i < labels.size(); i++) {
    counts_[static_cast<std::size_t>(labels[i] * classes() + predicted[i])]++;
  }
}

Index ConfusionMatrix::at(Index label, Index predicted) const {
  if (std::min(label, predicted) < 0 || std::max(label, predicted) >= classes()) {
    throw Error(fmt::format("ConfusionMatrix: class {} taken for {} asked for, classes are 0 to {}", label,
                            predicted, classes() - 1));
  }
  return counts_[static_cast<std::size_t>(label * classes() + predicted)];
}

Index ConfusionMatrix::total() const { return std::accumulate(counts_.begin(), counts_.end(), Index{0}); }

double ConfusionMatrix::recall(Index label) const {
  Index all = 0;
  for (Index predicted = 0; predicted < classes(); predicted++) all += at(label, predicted);
  return share(at(label, label), all);
}

double ConfusionMatrix::precision(Index predicted) const {
  Index all = 0;
  for (Index label = 0; label < classes(); label++) all += at(label, predicted);
  return share(at(predicted, predicted), all);
}

std::string ConfusionMatrix::text() const {
  // Columns are numbered: names of clothes are too long to stand above them.
  std::vector<std::string> rows;
  std::size_t width = 4;  // "true"
  for (std::size_t c = 0; c < class_names_.size(); c++) {
    const std::string number = std::to_string(c);
    rows.push_back(class_names_[c] == number ? number : number + " " + class_names_[c]);
    width = std::max(width, rows.back().size());
  }
  const std::size_t cell =
      std::to_string(std::max(*std::ranges::max_element(counts_), classes() - 1)).size() + 2;

  std::string table = fmt::format("{:<{}}", "true", width);
  for (Index c = 0; c < classes(); c++) table += fmt::format("{:>{}}", c, cell);
  table += "  recall\n";
  for (Index label = 0; label < classes(); label++) {
    table += fmt::format("{:<{}}", rows[static_cast<std::size_t>(label)], width);
    for (Index predicted = 0; predicted < classes(); predicted++) {
      table += fmt::format("{:>{}}", at(label, predicted), cell);
    }
    const double share_found = recall(label);
    table += share_found >= 0 ? fmt::format("{:>7.1f}%\n", 100 * share_found) : fmt::format("{:>8}\n", "-");
  }
  return table;
}

std::ostream& operator<<(std::ostream& os, const ConfusionMatrix& matrix) { return os << matrix.text(); }

}  // namespace reel::inline REEL_PRECISION
