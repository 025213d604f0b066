// What the shards of a batch tell besides gradients and buffers, summed over them. Internal to optim.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <reel/optim/parallel/detail/tree_sum.h>

namespace reel::inline REEL_PRECISION::detail {

/// Of each own shard in turn open(), set_result() and the spans unless it is empty, close(). In double.
class BatchNumbers {
 public:
  static constexpr std::size_t kMostSums = 16;

  BatchNumbers(const ShardTree& tree, Communicator& processes, int tag, std::size_t parameters,
               std::size_t marks)
      : shards_(tree.shards),
        parameters_(parameters),
        marks_(marks),
        total_(tree, processes, tag, kFirstGradient + parameters + marks) {}

  bool fits(std::size_t parameters, std::size_t marks) const {
    return parameters == parameters_ && marks == marks_;
  }

  /// Begins the next sum, of a batch with this checksum of all that must be alike in the processes.
  void start(std::uint32_t checksum) {
    key_ = checksum >> 12;  // 20 bits: sums of squares of so many shards are exact
    total_.start();
  }
  void open(int shard) {
    shard_ = shard;
    numbers_ = total_.open(shard);
    std::ranges::fill(numbers_, 0.0);
    numbers_[kKey] = key_;
    numbers_[kKeySquared] = key_ * key_;
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

  /// Of the sum, once advance() has given true: the same at every process. Whether all began it with the same.
  bool began_alike() const { return are_equal(shards_, kKey, kKeySquared); }
  double loss() const { return total(kLoss); }
  /// Those that are not empty, what the user gives of them, whether each gives as many numbers.
  double shards() const { return total(kShards); }
  double sums_given() const { return total(kSums); }
  bool sums_are_alike() const { return are_equal(shards(), kSums, kSumsSquared); }
  std::span<const double> sums() const {
    return total_.sum().subspan(kFirstSum, static_cast<std::size_t>(sums_given() / shards()));
  }
  std::span<const double> shards_with_gradient() const {
    return total_.sum().subspan(kFirstGradient, parameters_);
  }
  std::span<const double> marks_of_all() const { return total_.sum().last(marks_); }

 private:
  enum : std::size_t {
    kKey,
    kKeySquared,
    kShards,
    kLoss,
    kSums,  // how many
    kSumsSquared,
    kFirstSum,
    kFirstGradient = kFirstSum + kMostSums
  };

  double total(std::size_t place) const { return total_.sum()[place]; }
  // Numbers are the same where n times the sum of their squares is the square of their sum.
  bool are_equal(double count, std::size_t number, std::size_t squared) const {
    return count * total(squared) == total(number) * total(number);
  }

  double shards_;
  std::size_t parameters_, marks_;
  TreeSum<double> total_;
  double key_ = 0;
  int shard_ = 0;
  std::span<double> numbers_;  // of the shard
};

}  // namespace reel::inline REEL_PRECISION::detail
