// What the shards of a batch tell besides gradients and buffers, summed over them. Internal to optim.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <reel/optim/parallel/detail/tree_sum.h>

namespace reel::inline REEL_PRECISION::detail {

/// Whether so many numbers are all the same, from their sum and that of their squares.
inline bool are_equal(double count, double sum, double sum_of_squares) {
  return count * sum_of_squares == sum * sum;
}

/// Of each own shard in turn open(), set_result() and the spans unless it is empty, close(). In double.
class BatchNumbers {
 public:
  static constexpr std::size_t kMostSums = 16;

  BatchNumbers(const ShardTree& tree, Communicator& processes, int tag, std::size_t parameters,
               std::size_t marks)
      : parameters_(parameters),
        marks_(marks),
        total_(tree, processes, tag, kFirstGradient + parameters + marks) {}

  bool fits(std::size_t parameters, std::size_t marks) const {
    return parameters == parameters_ && marks == marks_;
  }

  /// Begins the next sum.
  void start() { total_.start(); }
  void open(int shard) {
    shard_ = shard;
    numbers_ = total_.open(shard);
    std::ranges::fill(numbers_, 0.0);
  }
  /// What counts once for its share of the batch, and what the user gives, kMostSums at most.
  void set_result(double weighted_loss, std::span<const double> sums) {
    const auto count = static_cast<double>(sums.size());
    numbers_[kShards] = 1;
    numbers_[kLoss] = weighted_loss;
    numbers_[kSums] = count;
    numbers_[kSumsSquared] = count * count;
    std::ranges::copy(sums, numbers_.begin() + kFirstSum);
  }
  /// Whether each parameter has a gradient, and the marks of NetState: 0 unless they are set.
  std::span<double> gradients() { return numbers_.subspan(kFirstGradient, parameters_); }
  std::span<double> marks() { return numbers_.last(marks_); }
  void close() { total_.close(shard_); }

  bool advance(bool may_talk = true) { return total_.advance(may_talk); }
  bool is_talking() const { return total_.is_talking(); }

  /// Of the sum, once advance() has given true: the same at every process.
  double loss() const { return total(kLoss); }
  /// Those that are not empty, what the user gives of them, whether each gives as many numbers.
  double shards() const { return total(kShards); }
  double sums_given() const { return total(kSums); }
  bool sums_are_alike() const { return are_equal(shards(), sums_given(), total(kSumsSquared)); }
  std::span<const double> sums() const {
    return total_.sum().subspan(kFirstSum, static_cast<std::size_t>(sums_given() / shards()));
  }
  std::span<const double> shards_with_gradient() const {
    return total_.sum().subspan(kFirstGradient, parameters_);
  }
  std::span<const double> marks_of_all() const { return total_.sum().last(marks_); }

 private:
  enum : std::size_t {
    kShards,
    kLoss,
    kSums,  // how many
    kSumsSquared,
    kFirstSum,
    kFirstGradient = kFirstSum + kMostSums
  };

  double total(std::size_t place) const { return total_.sum()[place]; }

  std::size_t parameters_, marks_;
  TreeSum<double> total_;
  int shard_ = 0;
  std::span<double> numbers_;  // of the shard
};

}  // namespace reel::inline REEL_PRECISION::detail
