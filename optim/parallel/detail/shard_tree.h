// Who adds what, in which order: the tree over shard numbers. Internal to optim.
#pragma once

#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::detail {

/// The shards 0, 1, ... of a batch and the processes that they are dealt to, each an equal run of them.
struct ShardTree {
  int shards, processes;

  /// The shards [first(p), first(p + 1)) are those of process p; 1 <= processes <= shards.
  int first(int process) const { return static_cast<int>(Index{process} * shards / processes); }
  int owner(int shard) const { return static_cast<int>(((Index{shard} + 1) * processes - 1) / shards); }
};

/// What one process does. A node of the tree has the number of its first shard.
struct TreeStep {
  enum class Kind {
    kAdd,      ///< node += other, which is no more
    kSend,     ///< node to a process
    kReceive,  ///< node from a process
  };
  Kind kind;
  int node;
  int other = 0;    ///< kAdd
  int process = 0;  ///< kSend, kReceive
  /// Of its own shards, those below must be there.
  int needs = 0;
  friend bool operator==(const TreeStep&, const TreeStep&) = default;
};

/// The steps of process `rank`, in order, after which it has the sum of all shards as node 0. Whatever the number of
/// processes, the sum is the same: of shards [a, a + 2^n) that of their halves, ((0+1)+(2+3))+((4+5)+6).
std::vector<TreeStep> tree_steps(const ShardTree& tree, int rank);

}  // namespace reel::inline REEL_PRECISION::detail
