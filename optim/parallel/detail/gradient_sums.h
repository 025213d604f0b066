// The gradients of all shards, summed while backward still works on others. Internal to optim.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include <reel/core/parameter.h>
#include <reel/core/shape.h>
#include <reel/core/tensor.h>
#include <reel/optim/parallel/detail/tree_sum.h>

namespace reel::inline REEL_PRECISION::detail {

/// Sums in buckets of some parameters each, the last parameters first, as backward comes to them: one message, not
/// many small ones, and the first is on its way before the last is known.
class GradientSums {
 public:
  /// Of the trainable ones of `parameters`. Its messages have the tags `first_tag` and up.
  GradientSums(std::span<Parameter* const> parameters, const ShardTree& tree, Communicator& processes,
               int first_tag);

  /// Whether it sums the gradients of just those parameters that are trainable now, of the shapes that they have.
  bool fits(std::span<Parameter* const> parameters) const;

  /// Begins the next sum. Of each own shard in turn, open(), take() for each parameter that has a gradient, close().
  void start();
  void open(int shard);
  /// Another parameter's gradient is an Error.
  void take(const Parameter& parameter, const Tensor& gradient);
  void close();
  /// Does what can be done without waiting; true once all sums are there. Begins to send or receive only where it
  /// `may_talk`.
  bool advance(bool may_talk);
  /// Whether a message is on its way.
  bool is_talking() const;

  /// How many parameters there are; whether the i-th has a gradient in the shard that was closed last.
  std::size_t count() const { return parameters_.size(); }
  bool has(std::size_t i) const { return taken_[i]; }
  /// Adds to Parameter::grad the sum of each of which `shards_with` has more than 0. A ShapeError where a grad has another
  /// shape: then none has changed.
  void deliver(std::span<const double> shards_with) const;

 private:
  struct Bucket {
    TreeSum<Scalar> sum;
    std::size_t first, last;  // its parameters
    std::span<Scalar> room = {};
    std::size_t missing = 0;  // of its parameters, in the open shard
  };
  struct Place {
    std::size_t parameter, bucket, begin;  // the gradient's first number in the bucket's
  };

  void close(Bucket& bucket);
  void deliver(std::size_t i) const;

  std::vector<Parameter*> parameters_;
  std::vector<Shape> shapes_;  // theirs when the room for their gradients was made
  std::unordered_map<const Parameter*, std::size_t> position_;  // in parameters_ and places_
  std::vector<Place> places_;
  std::vector<Bucket> buckets_;
  int shard_ = 0;
  std::vector<bool> taken_;
};

}  // namespace reel::inline REEL_PRECISION::detail
