// What an op is: the calculus of one node of a tape.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include <reel/core/fusible.h>
#include <reel/core/op_facts.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

class BackwardPass;
class Call;
class Explain;
class Tape;

/// One operation. A subclass's data members are its options and what it saves from forward for backward;
/// inputs and output are kept by the tape, or what they are made of. An op may be replayed: forward on the
/// same inputs gives the same bits, draws random numbers only from a stream that the op holds, and changes
/// nothing outside of the op.
class Op {
 public:
  virtual ~Op() = default;
  /// As in error messages and print-outs: "conv2d".
  virtual std::string_view name() const = 0;
  virtual Tensor forward(std::span<const Tensor> inputs) = 0;
  virtual void backward(BackwardPass& pass) = 0;
  /// Of an op that takes steps: forward and then `epilogue`, with the bits of one after the other; of one that
  /// reads maps `prologue` before, of the first input.
  virtual Tensor fused_forward(std::span<const Tensor> /*inputs*/, const Prologue& /*prologue*/,
                               const Epilogue& /*epilogue*/) {
    return {};
  }
  /// Of an op that is a map: what it does to its first input, which is not read. It has the bits of forward,
  /// for others may do it in its place.
  virtual ChannelMap channel_map(std::span<const Tensor> /*inputs*/) const { return {}; }
  /// What inspection shows of a call with such shapes, and what receptive fields, multiply-adds and memory
  /// are counted by.
  virtual OpFacts facts(std::span<const Shape> /*inputs*/, const Shape& /*output*/) const { return {}; }
  /// Of an op that is neither a formula nor a normalisation: gives the terms of one element of the output or
  /// of a gradient, as `explain` asks; see core/explain.h. False: the op has none, which inspection says.
  virtual bool explain(Explain& /*explain*/) const { return false; }
  Fusible fusible() const { return fusible_; }
  /// Whether it is one of ops.h, of which inspection knows more than an op says; an op of a user's own may
  /// bear the same name.
  bool built_in() const { return built_in_; }

 protected:
  explicit Op(Fusible fusible = {}) : fusible_(fusible) {}

 private:
  friend class Call;
  Fusible fusible_;
  bool built_in_ = false;
};

/// What an op sees of its node while the tape runs backward.
class BackwardPass {
 public:
  /// Gradient of the loss with respect to the op's output, in the output's shape.
  const Tensor& dy() const;
  /// Where a relu was fused to the op, the gradient of the relu's output: for an op that leaves out by itself
  /// what stands where its output is <= 0. nullptr where there is none; dy() serves in both cases.
  const Tensor* dy_before_relu() const;
  /// A buffer in dy's shape for a gradient whose elements depend on dy at their own place alone: dy's own,
  /// still holding it, where nobody else needs that.
  Tensor buffer_like_dy() const;
  /// The op's i-th input / its output, as they were in forward. An Error where they were changed since, or
  /// where the op has no i-th input.
  const Tensor& input(std::size_t i) const;
  const Tensor& output() const;
  /// The first input, for an op that reads maps: where it is not stored, what it is made of and how.
  std::pair<const Tensor&, const Prologue&> mapped_input() const;
  /// How many inputs the op has.
  std::size_t inputs() const;
  /// Whether anybody asks for the gradient of the i-th input; the work for the others can be left out.
  bool wants(std::size_t i) const;
  /// Adds `dx` to the gradient of the i-th input. Another shape than the input's is a ShapeError naming the
  /// op. `masked` says that dx is 0 where `reads_relu` lets it be.
  void add(std::size_t i, Tensor dx, bool masked = false);
  /// Whether the i-th input comes from a relu that needs no gradient where the input is <= 0.
  bool reads_relu(std::size_t i) const;

 private:
  friend class Tape;
  BackwardPass(Tape& tape, std::size_t node) : tape_(tape), node_(node) {}
  std::size_t source(std::size_t i) const;  // the node of the i-th input

  Tape& tape_;
  std::size_t node_;
};

}  // namespace reel::inline REEL_PRECISION
