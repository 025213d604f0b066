// The ops of a tape, borrowed: runs them again and leaves them as it found them. Internal to inspection.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <reel/core/explain.h>
#include <reel/core/inspect/trace.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION::inspect {

/// What a trace took from a tape: nodes, values in buffers of its own, and the ops, which stay the tape's.
/// When it has used an op for more than a forward on the recorded inputs, it runs that once more: whatever a
/// backward used up or other inputs left behind, the tape's own backward finds the op as it must be.
class Recording {
 public:
  /// Errors: see Trace.
  Recording(const Tape& tape, Operand loss);

  const std::vector<TraceNode>& nodes() const { return nodes_; }
  std::size_t loss() const { return loss_.index(); }
  const Op* op(std::size_t node) const;

  /// The values of all nodes after the changes; those that no change reaches are shared.
  std::vector<Tensor> forward(std::span<const Change> changes) const;
  /// What the backward of an op adds to the gradients of its inputs; undefined where nothing.
  std::vector<Tensor> backward(std::size_t node, std::span<const Tensor> values, const Tensor& dy) const;
  /// What an op says of its call with its inputs among the values of all.
  OpFacts facts(std::size_t node, std::span<const Tensor> values) const;
  /// Asks an op, with the output that it makes of the question's inputs.
  std::optional<Explanation> explain(std::size_t node, Explain::Question question,
                                     const TermSink& sink) const;
  /// The inputs of a node among the values of all.
  std::vector<Tensor> inputs_of(std::size_t node, std::span<const Tensor> values) const;

 private:
  void check_alive() const;
  bool is_recorded(std::size_t node, std::span<const Tensor> inputs) const;
  void check(const Tape& tape, const Tape::Node& loss) const;
  template <class F>
  auto labelled(std::size_t node, F&& f) const;  // runs f(); its errors get the op's name and line
  Tensor replay(std::size_t node, Op& op, const std::vector<Tensor>& inputs) const;
  enum class Leaves { kChanged, kAsRecorded };
  // Runs f(op), and then the op's forward on what was recorded, where f leaves the op changed or fails.
  template <class F>
  auto borrow(std::size_t node, Leaves leaves, F&& f) const;

  Var loss_;
  Location where_;  // of the trace
  std::vector<TraceNode> nodes_;
  std::vector<Op*> ops_;  // nullptr for a leaf
  std::vector<Tensor> values_;
};

}  // namespace reel::inline REEL_PRECISION::inspect
