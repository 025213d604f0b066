// The tape: what a program computed, in order, and the way back.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/core/location.h>
#include <reel/core/op.h>
#include <reel/core/parameter.h>
#include <reel/core/profile.h>
#include <reel/core/tape_memory.h>
#include <reel/core/tensor.h>
#include <reel/core/text_formatter.h>

namespace reel::inline REEL_PRECISION {

class Tape;
namespace inspect {
class Recording;
}

/// A value on a tape: a small handle, free to copy. It is good as long as its tape lives; using it
/// afterwards, or using a default constructed or moved-from one, is an Error. The Vars of a tape that does
/// not record belong to the tape's thread: to copy or drop one writes a counter of the tape.
class
#if __has_cpp_attribute(gnu::no_dangling)
    // `const Tensor& y = relu(x).value();` is good as long as the tape, not as the Var.
    [[gnu::no_dangling]]
#endif
    Var {
 public:
  Var() = default;
  Var(const Var& other) noexcept : Var(other.generation_, other.slot_, other.node_) {}
  Var(Var&& other) noexcept
      : generation_(std::exchange(other.generation_, 0)), slot_(other.slot_), node_(other.node_) {}
  Var& operator=(Var other) noexcept {
    std::swap(generation_, other.generation_);
    std::swap(slot_, other.slot_);
    std::swap(node_, other.node_);
    return *this;
  }
  ~Var() {
    if (is_counted()) count(-1);
  }

  /// False for a default constructed Var, which stands for "none", as for a layer without bias.
  bool defined() const { return generation_ != 0; }
  /// Good as long as the tape lives, on one that does not record too.
  const Tensor& value(Location where = {}) const;
  /// The gradient that backward left here. Only parameters and `variable`s keep theirs, and every node of a
  /// tape with keep_grads; asking elsewhere or before backward is an Error.
  Tensor grad(Location where = {}) const;
  const Shape& shape(Location where = {}) const;
  Index dim(Location where = {}) const { return shape(where).dim(); }
  Index size(Located<Index> dimension) const { return shape(dimension.where)[dimension]; }
  Index numel(Location where = {}) const { return shape(where).numel(); }
  Scalar item(Location where = {}) const { return value(where).item(where); }
  /// The same value as a new input of the tape: no gradient flows back through it.
  Var detach(Location where = {}) const;
  /// The value as a tensor prints; "none" of an empty Var.
  std::string text(Location where = {}) const;
  /// Gives the node the name that inspection shows; returns *this.
  Var named(Located<std::string> name) const;
  template <class Never = void>
  void backward() const {
    static_assert(detail::kNever<Never>, "loss.backward() is tape.backward(loss)");
  }
  template <class Never = void>
  void view(std::vector<Index>) const {
    static_assert(detail::kNever<Never>, "x.view(sizes) is reshape(x, sizes)");
  }
  /// The position of its node in Tape::nodes().
  std::size_t index() const { return node_; }
  /// The tape it lives on; `user` is who asks, for the error where there is none.
  Tape& tape(Located<std::string_view> user) const;
  Tape& tape(Location where = {}) const { return tape(Located<std::string_view>("Var", where)); }

 private:
  friend class Tape;
  Var(std::uint64_t generation, std::uint32_t slot, std::uint32_t node) noexcept
      : generation_(generation), slot_(slot), node_(node) {
    if (is_counted()) count(1);
  }
  // The generations of tapes that do not record are odd: those count the Vars of a node, to know when nobody
  // can ask for its value any more.
  bool is_counted() const { return generation_ % 2 != 0; }
  void count(int change) const noexcept;

  std::uint64_t generation_ = 0;
  std::uint32_t slot_ = 0, node_ = 0;
};

/// As text() has it.
std::ostream& operator<<(std::ostream& os, const Var& var);

/// A Var as the first argument of an op, whose line it brings: see Located. As both operands of an operator
/// are Operands, that too has its line.
using Operand = Located<Var>;

/// Takes a parameter's gradient of one tape; see TapeOptions.
using GradientSink = std::function<void(Parameter& parameter, const Tensor& gradient)>;

struct TapeOptions {
  bool record = true;          ///< false: for inference; nothing is kept for backward, see Tape
  bool keep_grads = false;     ///< keep the gradient of every node, not only of parameters and variables
  Profile* profile = nullptr;  ///< takes the time of every op, where there is one; outlives the tape
  /// Where given, backward hands it the gradient of each parameter, once and as soon as nothing more will be added to
  /// it, and Parameter::grad stays as it is. What it throws ends backward.
  GradientSink gradient_sink = {};
};

/// What a node is that no op computed.
enum class Leaf { kNone, kInput, kVariable, kParameter };

/// One node as inspection sees it.
struct NodeInfo {
  Leaf leaf;                                 ///< kNone of an op
  std::string name;                          ///< given with named(), else scope and op, numbered
  std::string op;                            ///< "conv2d"; for a leaf "input", "variable" or "parameter"
  std::vector<Var> inputs;                   ///< in the op's order
  std::vector<std::size_t> input_positions;  ///< where in nodes() they stand
  Var var;
  Tensor value;              ///< undefined where it cannot be computed any more or was let go: see Tape
  Tensor grad;               ///< undefined where none is kept or yet computed
  std::string scope;         ///< path of the module that ran it: "conv1"
  Location where;            ///< the line that recorded it
  std::vector<Reads> reads;  ///< what it reads of each input, on a tape that records
  Index macs = 0;            ///< multiply-adds of a convolution or matrix product, on a tape that records
  OpFacts facts = {};        ///< what its op says of the call, on a tape that records and lives
};

/// Records one step of computation and differentiates it. It owns every node and dies with the step. A tape
/// is used by one thread at a time; each thread may have its own.
///
/// The last node may wait, so that it is computed in one pass with what follows, as an add or relu; whoever asks
/// for a value gets it, computed then and with the same bits. Only an input that was changed in place before
/// is an Error; a write through a pointer that data() gave earlier is not seen as a change, so ask for
/// value() before it. With keep_grads nothing waits.
///
/// What a batch norm and its relu give to a convolution is not stored: the convolution, forward and backward, reads
/// what was normalised through their map, unless that is a leaf. value() computes it when it is asked for, with the
/// same bits, unless what was normalised has been changed in place since: then it is an Error.
///
/// A tape that does not record lets go of a value when no Var of it is left and value() never gave it out, so
/// that an inference holds what it still needs. NodeInfo::value is undefined there, and asking for it is an
/// Error.
///
/// Several threads may each record the same net on a tape of their own, and run backward, which adds to
/// Parameter::grad under a lock; in which order, and so the last bits of the sum, is up to the threads. What
/// reads or changes the gradients and the parameters (zero_grad, clip_grad_norm, an optimiser's step) comes
/// when all of them are done. A batch norm in training writes its running statistics in forward, without a
/// lock: such a net is recorded by one thread at a time.
class Tape {
 public:
  explicit Tape(TapeOptions options = {});
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// A leaf without gradient, one that wants a gradient, and one whose gradient goes to a parameter. The tape
  /// shares the tensor's storage; the parameter must outlive backward. Of an absent one it is an empty Var.
  Var input(Located<Tensor> value) { return add_leaf(Leaf::kInput, std::move(value), false); }
  Var variable(Located<Tensor> value) { return add_leaf(Leaf::kVariable, std::move(value), true); }
  Var parameter(Located<Parameter&> parameter);

  /// Runs an op on Vars of this tape and records it. Where forward throws, nothing is recorded; an Error of
  /// its own, of whatever class, gets the op's name and line. An op that says of itself what does not fit its
  /// inputs (Fusible, channel_map), that returns nothing or writes to an input is an Error.
  Var apply(Located<std::unique_ptr<Op>> op, std::span<const Var> inputs);
  Var apply(Located<std::unique_ptr<Op>> op, std::initializer_list<Var> inputs) {
    return apply(std::move(op), std::span(inputs.begin(), inputs.size()));
  }
  /// The same of an op whose result's shape is known before: where it takes steps, it may wait for them.
  Var apply(Located<std::unique_ptr<Op>> op, const Shape& result, std::span<const Var> inputs);
  Var apply(Located<std::unique_ptr<Op>> op, const Shape& result, std::initializer_list<Var> inputs) {
    return apply(std::move(op), result, std::span(inputs.begin(), inputs.size()));
  }

  /// Computes the gradient of a one-element `loss` / of sum(y * dy) and adds it to the grad of every
  /// trainable parameter on the tape. Once per tape. Where it throws, the tape and the parameters are as
  /// before.
  void backward(Operand loss);
  void backward(Operand y, const Tensor& dy);

  /// The value and shape of a Var that is known to be of this tape; good as long as the Var. `user` is who
  /// asks, for the error where the value cannot be computed any more.
  const Tensor& value_of(const Var& var, Located<std::string_view> user) const;
  const Shape& shape_of(Var var) const;
  /// Every node in execution order, with its value: one that was passed over is computed for it, which the
  /// profile does not count.
  std::vector<NodeInfo> nodes() const;
  /// The bytes of tensors that the tape holds now. What waits has none yet and is not computed for it.
  TapeMemory memory() const;
  const TapeOptions& options() const { return options_; }

 private:
  friend class Var;
  friend class BackwardPass;
  friend class inspect::Recording;  // reads the nodes and runs their ops again
  struct Node;
  struct Mapped;
  struct Chain;
  class Fusion;

  Var add_leaf(Leaf kind, Located<Tensor> value, bool wants_grad);
  Var record(Located<std::unique_ptr<Op>> op, const Shape* result, std::span<const Var> inputs);
  Var join(Located<std::unique_ptr<Op>> op, std::span<const Var> inputs, const Chain& with);
  Var let_wait(Located<std::unique_ptr<Op>> op, const Shape& result, std::span<const Var> inputs);
  Var compute(Located<std::unique_ptr<Op>> op, const Shape* result, std::span<const Var> inputs);
  bool check_recordable(const Located<std::unique_ptr<Op>>& op, std::span<const Var> inputs) const;
  Node& add_op(Located<std::unique_ptr<Op>> op, std::span<const Var> inputs, const Shape& shape);
  Var last_var() const;
  std::size_t index_of(const Var& var, Located<std::string_view> user) const;
  const Tensor& value_at(std::size_t index) const;  // computes it where it is missing
  const Tensor& show(const Var& var, Location where) const;
  void count(std::size_t index, int change) const noexcept;
  void count_inputs(const Node& node, int change) const noexcept;
  const Tensor& unchanged(std::size_t input) const;
  const Mapped* read_through_map(const Node& node) const;
  std::vector<Tensor> input_values(const Node& node, std::size_t first = 0) const;
  std::vector<Shape> input_shapes(const Node& node) const;
  bool can_compute(const Node& node) const;
  void keep(Node& node, Tensor value) const;
  void run_backward();
  void run_backward(BackwardPass& pass);
  bool skip_fused_relu(BackwardPass& pass);
  void hand_over(std::size_t leaf);
  void deliver_gradients();
  void check_parts(const std::string& label) const;
  std::vector<std::string> names() const;  // what NodeInfo::name says of each node
  static std::string name_of(const Node& node);
  std::string node_label(const Node& node) const;
  static std::string_view node_kind(const Node& node);  // what NodeInfo::op says

  TapeOptions options_;
  // A value may be computed when it is asked for, of a const Tape as well. A deque: value() hands out
  // references. Behind a pointer: libc++'s deque wants to know the size of what it holds.
  const std::unique_ptr<std::deque<Node>> node_deque_;
  std::deque<Node>& nodes_;
  const std::unique_ptr<Fusion> fusion_;  // what waits, of a const Tape as well
  std::uint32_t slot_;                    // claimed once nothing can throw any more
  std::uint64_t generation_;
  mutable Profile* profile_;          // that of the options; none while it pauses
  std::vector<std::uint32_t> edges_;  // the inputs of all nodes, one after another
  bool backward_ran_ = false;
};

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::Var> : reel::TextFormatter {};
