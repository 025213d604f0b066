// A tape replayed step by step: what each number was, when it came to be, and why.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/explain.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION::inspect {

class Recording;

/// One node of the tape, at the position it has in Tape::nodes().
struct TraceNode {
  std::string name;                 ///< as Tape::nodes() names it, control characters as in "\n"
  std::string op;                   ///< "conv2d"; for a leaf "input", "variable" or "parameter"
  std::vector<std::size_t> inputs;  ///< their positions, in the op's order; none for a leaf
  Shape shape;
  bool wants_grad;
  std::string scope;         ///< path of the module that ran it: "conv1"
  Location where;            ///< the line that recorded it
  std::vector<Reads> reads;  ///< what it reads of each input
  bool built_in;             ///< a leaf, or an op of ops.h; another op may bear the same name
};

/// What happened at one moment: a value came to be, or something was added to a gradient.
struct Event {
  enum class Kind {
    kLeaf,     ///< a leaf came with its value
    kForward,  ///< an op computed its value
    kSeed,     ///< the gradient of the loss with respect to itself, 1
    kBackward  ///< an op's backward added to the gradient of one of its inputs
  };
  Kind kind;
  std::size_t node;       ///< whose value or gradient it made
  std::size_t op;         ///< the node that ran; the same but for kBackward
  std::size_t input = 0;  ///< of kBackward: which of the op's inputs `node` is
};

/// "leaf", "forward", "seed" or "backward".
std::string_view kind_name(Event::Kind kind);

/// One element of a node that was given another value.
struct Change {
  std::size_t node;
  Index element;  ///< row-major
  double value;
};

/// The story of one step of training, from the first leaf to the last gradient.
///
/// It replays the tape in buffers of its own, before or after the program's backward, with the bits of a tape
/// that keeps all gradients: without fusion, and from zero gradients. Parameters, gradients and running
/// statistics stay as they are, and so does what the ops saved for the program's own backward.
///
/// A time counts events: at time t, events()[0] to events()[t - 1] have happened. Stepping back is asking for
/// an earlier time. Copies share what they hold; the tape must be alive while explain or with is called.
class Trace {
 public:
  static constexpr std::size_t kEnd = std::numeric_limits<std::size_t>::max();

  /// `loss` is one number of the tape that some trainable parameter or variable leads to. An Error where the
  /// tape does not record, or where a value was changed in place since, as by an optimiser's step.
  Trace(const Tape& tape, Operand loss);

  const std::vector<TraceNode>& nodes() const;
  const std::vector<Event>& events() const { return events_; }
  std::size_t loss() const;
  /// The op of a node, nullptr for a leaf. It lives as long as its tape; an Error where that is gone.
  const Op* op(std::size_t node) const;
  /// What its op says of the call with the inputs that it has here; nothing of a leaf.
  OpFacts facts(std::size_t node) const;
  /// The positions of the nodes of this name, or the one that "#3" says; none of an unknown name.
  std::vector<std::size_t> called(std::string_view name) const;
  /// The position of a node by its name, or by its position as in "#3". An unknown name is an Error that
  /// suggests the nearest, one of several nodes an Error that lists them.
  std::size_t find(std::string_view name) const;

  /// The value of a node and its gradient as far as it is summed up at `time`; undefined before there is one.
  Tensor value(std::size_t node, std::size_t time = kEnd) const;
  Tensor grad(std::size_t node, std::size_t time = kEnd) const;
  /// What an event made: a value, or what it alone added to a gradient.
  const Tensor& made(std::size_t event) const;
  /// What a backward would have added to a gradient, had the i-th input of its op been `value`.
  Tensor made_with(std::size_t event, std::size_t i, Tensor value) const;
  /// One number of it, by its place in row-major order; out of range is a ShapeError.
  double number(std::size_t event, Index element) const;
  /// The event that made the value of a node / those that added to its gradient, in their order.
  std::size_t value_event(std::size_t node) const { return node; }
  const std::vector<std::size_t>& grad_events(std::size_t node) const;
  /// The gradient that the backward of the op at `node` starts from: of what was set in its value, 0.
  /// Undefined where nothing reads the value for the loss.
  Tensor dy_of(std::size_t node) const;

  /// Gives the terms of one element of what an event made; so a gradient that came from several ops has an
  /// explanation for each. None for a leaf and the seed, which are given, and where the op has no
  /// explanation; of an element that was set, the terms of what the op computed. An element that is out of
  /// range is a ShapeError.
  std::optional<Explanation> explain(std::size_t event, Index element, const TermSink& sink) const;
  /// Why an element of a gradient is 0, where an op held it back: "relu off (z = -24)"; else "".
  std::string why_zero(std::size_t node, Index element) const;

  /// The same step with one element of a leaf, or of what an op computed, set to `value`. Set in an op's
  /// value it is a constant: what follows reads it, and no gradient flows back through it.
  Trace with(std::size_t node, Index element, double value) const;
  /// What was set, one after another.
  const std::vector<Change>& changes() const { return changes_; }
  bool is_set(std::size_t node, Index element) const;
  /// The value of every node as in with(...), without gradients and for less.
  std::vector<Tensor> values_with(const Change& change) const;

 private:
  Trace(std::shared_ptr<const Recording> recording, std::vector<Change> changes);
  void run_forward();
  void run_backward();
  void add_grad(Event event, Tensor gradient);

  std::shared_ptr<const Recording> recording_;
  std::vector<Change> changes_;
  std::vector<Event> events_;
  std::vector<Tensor> made_;                           // of each event, first of all each node's value
  std::vector<Tensor> totals_;                         // of each event: the gradient of its node after it
  std::vector<std::vector<std::size_t>> grad_events_;  // of each node
};

}  // namespace reel::inline REEL_PRECISION::inspect
