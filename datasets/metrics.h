// What a training run reports: running means, accuracy, the confusion matrix.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/core/tensor.h>
#include <reel/core/text_formatter.h>

namespace reel::inline REEL_PRECISION {

/// The mean of numbers that come one by one, such as the losses of batches.
class Mean {
 public:
  /// `value` is itself a mean of `count` numbers, as a batch's loss is. A negative count, or more than 2^53
  /// in all, is an Error.
  void add(double value, Index count = 1);
  /// An Error where there is no number yet, or each was a mean of 0 numbers.
  double value(Location where = {}) const;
  Index count() const { return count_; }

 private:
  double sum_ = 0;
  Index count_ = 0;
};

/// The share of samples whose largest logit is that of their label.
class Accuracy {
 public:
  /// logits [N,C], N labels 0 <= label < C. Another shape is a ShapeError, another label an Error.
  void add(const Located<Tensor>& logits, std::span<const int> labels);
  /// In [0, 1]; an Error before the first sample.
  double value(Location where = {}) const;
  Index correct() const { return correct_; }
  Index total() const { return total_; }

 private:
  Index correct_ = 0, total_ = 0;
};

/// How often each class was taken for each.
class ConfusionMatrix {
 public:
  /// No classes are an Error.
  explicit ConfusionMatrix(std::vector<std::string> class_names);

  /// logits [N,C], C the number of classes. Errors as Accuracy's.
  void add(const Located<Tensor>& logits, std::span<const int> labels);
  /// Classes predicted for N samples and their true ones.
  void add(Located<std::span<const int>> predicted, std::span<const int> labels);

  Index classes() const { return std::ssize(class_names_); }
  /// Samples of class `label` that were taken for class `predicted`.
  Index at(Index label, Index predicted) const;
  Index total() const;
  /// The share of the samples of a class that were recognised; NaN for a class without samples, which a table of all
  /// classes may well have.
  double recall(Index label) const;
  /// The share of the samples that were taken for a class which are of it; NaN for one that none was taken for.
  double precision(Index predicted) const;

  /// A table: a row for each true class, a column for each predicted one, the recall at the end.
  std::string text() const;

 private:
  void count(std::span<const Index> predicted, std::span<const int> labels);

  std::vector<std::string> class_names_;
  std::vector<Index> counts_;  // [true, predicted]
};
/// As text() has it.
std::ostream& operator<<(std::ostream& os, const ConfusionMatrix& matrix);

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::ConfusionMatrix> : reel::TextFormatter {};
