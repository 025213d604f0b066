// Ops that run in one pass. The last op of a tape waits, where it can: a map of its channels, an add and a
// relu that follow it then run together with it, once more is known. A map with its relu may be left to the op
// behind it, which then reads what was mapped. Internal to the tape's .cpp files.
#pragma once

#include <optional>
#include <span>

#include <reel/core/detail/tape_node.h>

namespace reel::inline REEL_PRECISION {

/// An op that runs together with the map, add and relu after it.
struct Tape::Chain {
  std::size_t base, last;                  ///< the op's node, that of the last step
  std::optional<std::size_t> map = {};     ///< the map's node
  std::optional<std::size_t> addend = {};  ///< the other input of the add
  bool relu = false;
};

/// Knows what waits. The tape asks it before it records an op and where it computes a value; that a result
/// has the same bits as without it is its promise.
class Tape::Fusion {
 public:
  explicit Fusion(const Tape& tape) : tape_(tape) {}

  /// A ShapeError where what an op says it is to one that waits does not fit its inputs: a chain goes by it.
  void check(const Op& op, std::span<const Var> inputs) const;
  /// What waits with `op`, which is not yet recorded, as its next step; none where it is no step of that.
  std::optional<Chain> joined(const Op& op, std::span<const Var> inputs) const;

  void wait(const Chain& chain) { waiting_ = chain; }
  /// Nothing waits any more; what did is computed node by node when it is asked for.
  void forget() { waiting_.reset(); }
  /// The same where the last step that waits is `node`.
  void forget(std::size_t node) {
    if (waiting_ && waiting_->last == node) forget();
  }
  /// Where a map and its relu wait and `op` reads its first input, their value, through them: that is not stored, and
  /// they wait no more.
  void leave_to(const Op& op, std::span<const Var> inputs);
  /// Computes what waits. What an input's change has put out of reach is an error for who asks for it, not
  /// for who comes by.
  void settle();

  /// The value of a node, by all that runs together with it. While a chain runs nothing waits, for a forward
  /// may use the tape. Where it throws, and where a value from its middle is asked for, its nodes are
  /// computed one by one: without recording, a computed node has no op any more that a chain could run.
  Tensor compute(std::size_t node);
  Tensor run(const Chain& chain) const;
  /// Whether a chain is a map, perhaps with a relu, that an op may read its input through.
  bool is_map(const Chain& chain) const;

 private:
  ChannelMap map_of(const Node& node, Index channels) const;

  const Tape& tape_;
  std::optional<Chain> waiting_;
};

}  // namespace reel::inline REEL_PRECISION
