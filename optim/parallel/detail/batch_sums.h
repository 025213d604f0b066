// All that is summed over the shards of a batch, by the processes that compute them. Internal to optim.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

#include <reel/core/io/detail/checksum.h>
#include <reel/layers/module.h>
#include <reel/optim/parallel/detail/alike.h>
#include <reel/optim/parallel/detail/batch_numbers.h>
#include <reel/optim/parallel/detail/gradient_sums.h>
#include <reel/optim/parallel/detail/net_state.h>
#include <reel/optim/parallel/detail/tree_sum.h>

namespace reel::inline REEL_PRECISION::detail {

/// The tags of their messages; those of gradients go on from there.
constexpr int kKeysTag = 1, kNumbersTag = 2, kBuffersTag = 3, kGradientsTag = 4;

/// Of each own shard in turn open(), what it gives, close().
struct BatchSums {
  BatchSums(const ShardTree& shards, const ModuleBase& net, const NetState& state, Communicator& processes)
      : tree(shards),
        keys(tree, processes, kKeysTag, 2),
        gradients(net.parameters(), tree, processes, kGradientsTag),
        numbers(tree, processes, kNumbersTag, net.parameters().size(), state.marks()),
        buffers(tree, processes, kBuffersTag, state.buffer_numbers()),
        layout(fmt::format("{} parameters, checksum {}", gradients.count(), checksum_of_layout(net).text())) {
  }

  /// Whether they are those of the net as it is now.
  bool fit(const ModuleBase& net, const NetState& state) const {
    return gradients.fits(net.parameters()) && buffers.count() == state.buffer_numbers() &&
           numbers.fits(net.parameters().size(), state.marks());
  }

  /// Of a batch of which these facts must be alike in all processes, of which this one has the shards [first, last).
  void start(const std::map<std::string, std::string>& facts, int first, int last) {
    Crc32 checksum;
    for (const auto& [name, fact] : facts) checksum.add(fact);
    const double key = checksum.value() >> 12;  // 20 bits: sums of squares of so many shards are exact
    keys.start();
    for (int shard = first; shard < last; shard++) {
      const auto key_and_square = keys.open(shard);
      key_and_square[0] = key;
      key_and_square[1] = key * key;
      keys.close(shard);
    }
    gradients.start();
    numbers.start();
    buffers.start();
  }
  /// A shard is empty, nothing but zeros, unless something is put in before it is closed.
  void open(int shard) {
    gradients.open(shard);
    numbers.open(shard);
    buffers_of_shard = buffers.open(shard);
    std::ranges::fill(buffers_of_shard, Scalar(0));
  }
  void close(int shard) {
    gradients.close();
    for (std::size_t i = 0; i < gradients.count(); i++) numbers.gradients()[i] = gradients.has(i) ? 1 : 0;
    numbers.close();
    buffers.close(shard);
  }
  /// Nothing but keys is sent or received before it is known that all began alike: then messages have the lengths that
  /// their receivers expect.
  bool advance(bool may_talk = true) {
    may_talk = may_talk && have_keys(may_talk) && began_alike();
    const bool have_gradients = gradients.advance(may_talk), have_numbers = numbers.advance(may_talk);
    return buffers.advance(may_talk) && have_gradients && have_numbers;
  }
  /// Whether it is known if all began alike; whether they did.
  bool have_keys(bool may_talk = true) { return keys.advance(may_talk); }
  bool began_alike() const { return are_equal(tree.shards, keys.sum()[0], keys.sum()[1]); }
  bool is_talking() const {
    return keys.is_talking() || gradients.is_talking() || numbers.is_talking() || buffers.is_talking();
  }

  ShardTree tree;
  TreeSum<double> keys;  // of what must be alike, each and its square
  GradientSums gradients;
  BatchNumbers numbers;
  TreeSum<Scalar> buffers;
  std::string layout;  // of all of them
  std::span<Scalar> buffers_of_shard = {};
};

}  // namespace reel::inline REEL_PRECISION::detail
