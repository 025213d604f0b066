// What an op is: the calculus of one node of a tape.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

class Tape;

/// What an op sees of its node while the tape runs backward.
class BackwardPass {
 public:
  /// Gradient of the loss with respect to the op's output, in the output's shape.
  const Tensor& dy() const;
  /// The op's i-th input / its output, as they were in forward. An Error where they were changed since, or
  /// where the op has no i-th input.
  const Tensor& input(std::size_t i) const;
  const Tensor& output() const;
  /// Whether anybody asks for the gradient of the i-th input; the work for the others can be left out.
  bool wants(std::size_t i) const;
  /// Adds `dx` to the gradient of the i-th input. Another shape than the input's is a ShapeError naming the
  /// op.
  void add(std::size_t i, Tensor dx);

 private:
  friend class Tape;
  BackwardPass(Tape& tape, std::size_t node) : tape_(tape), node_(node) {}
  std::size_t source(std::size_t i) const;  // the node of the i-th input

  Tape& tape_;
  std::size_t node_;
};

/// How an op on images [N,C,H,W] slides a window over its input: what its receptive field follows from.
struct Window {
  Size2 kernel = 1, stride = 1, dilation = 1;
};

/// One operation. A subclass's data members are its options and what it saves from forward for backward;
/// inputs and output are kept by the tape. An op may be replayed: forward on the same inputs gives the same
/// bits, draws random numbers only from a stream that the op holds, and changes nothing outside of the op.
class Op {
 public:
  virtual ~Op() = default;
  /// As in error messages and print-outs: "conv2d".
  virtual std::string_view name() const = 0;
  virtual Tensor forward(std::span<const Tensor> inputs) = 0;
  virtual void backward(BackwardPass& pass) = 0;
  /// Of an op that slides a window over its first input; most have none.
  virtual std::optional<Window> window(std::span<const Tensor> /*inputs*/) const { return std::nullopt; }
};

}  // namespace reel::inline REEL_PRECISION
