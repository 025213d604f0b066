#include <algorithm>
#include <bit>

#include <reel/optim/parallel/detail/shard_tree.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

// Two nodes that become one, and the end of the shards below them.
struct Join {
  int node, other, end;
};

// Those below `node`, of 2^n shards, its own the last.
void add_joins(int node, int width, int shards, std::vector<Join>& joins) {
  if (width == 1) return;
  const int other = node + width / 2;
  add_joins(node, width / 2, shards, joins);
  if (other >= shards) return;
  add_joins(other, width / 2, shards, joins);
  joins.push_back({node, other, std::min(node + width, shards)});
}

std::vector<Join> all_joins(int shards) {
  std::vector<Join> joins;
  add_joins(0, static_cast<int>(std::bit_ceil(static_cast<unsigned>(shards))), shards, joins);
  return joins;
}

}  // namespace

std::vector<TreeStep> tree_steps(const ShardTree& tree, int rank) {
  using Kind = TreeStep::Kind;
  const std::vector<Join> joins = all_joins(tree.shards);
  const int own_end = tree.first(rank + 1);
  std::vector<TreeStep> steps;
  for (const auto& [node, other, end] : joins) {
    const int to = tree.owner(node), from = tree.owner(other), needs = std::min(end, own_end);
    if (from != to && from == rank)
      steps.push_back({.kind = Kind::kSend, .node = other, .process = to, .needs = needs});
    if (to != rank) continue;
    if (from != to) steps.push_back({.kind = Kind::kReceive, .node = other, .process = from, .needs = needs});
    steps.push_back({.kind = Kind::kAdd, .node = node, .other = other, .needs = needs});
  }
  // And back down: who gave a part gets the whole, once.
  std::vector<bool> has(static_cast<std::size_t>(tree.processes), false);
  has[0] = true;
  for (auto join = joins.rbegin(); join != joins.rend(); ++join) {
    const int from = tree.owner(join->node), to = tree.owner(join->other);
    if (has[static_cast<std::size_t>(to)]) continue;
    has[static_cast<std::size_t>(to)] = true;
    if (from == rank) steps.push_back({.kind = Kind::kSend, .node = 0, .process = to, .needs = own_end});
    if (to == rank) steps.push_back({.kind = Kind::kReceive, .node = 0, .process = from, .needs = own_end});
  }
  return steps;
}

}  // namespace reel::inline REEL_PRECISION::detail
