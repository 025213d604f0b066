// What an op is: the calculus of one node of a tape.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/formula/formula.h>
#include <reel/core/reads.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

class Call;
class Explain;
class Tape;

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

/// An option that an op was called with, by the name that ops.h gives it: {"stride", {2, 1}}. A Size2 is
/// h, w and a Padding2 top, bottom, left, right; a bool is 0 or 1, a Reduction 0 for kMean, 1 kSum, 2 kNone.
struct OpOption {
  std::string name;
  std::vector<double> values;
};

/// (x - mean) scale + shift, with a number for each channel of x [N,C,...]; shift may be undefined.
struct ChannelMap {
  Tensor mean, scale, shift;  ///< [C]
};

/// What a kernel can do on its way out: y = relu(map(f(x)) + addend).
struct Epilogue {
  ChannelMap map;  ///< none where its mean is undefined
  Tensor addend;   ///< in the result's shape; undefined for none
  bool relu = false;
};
enum class EpilogueStep { kNone, kMap, kAdd, kRelu };

/// Which part an op can take where several run in one pass.
struct Fusible {
  bool takes_steps = false;  ///< its fused_forward can do an add and a relu
  bool takes_map = false;    ///< and a map before these
  /// What it is to one that takes steps: a map of the first input, the sum of two inputs of the same shape, a relu.
  EpilogueStep step = EpilogueStep::kNone;
};

/// A function of one number x and its derivative as a reader of mathematics writes them, in terms of x, of the op's
/// options and, in the derivative, of the value y: "x Phi(x)", "1 where x > 0, else negative_slope". The page
/// computes them by these words; core/inspect/page/engine/function.js says what it understands.
struct FunctionText {
  std::string value, derivative;
};

/// y = xhat weight + bias with xhat = (x - mean) / deviation, of inputs x, then weight and bias where there are any.
/// The op's options are eps and, where the statistics are not x's own, running_mean and running_var.
struct Normalization {
  /// x's shape with one element for all that share mean and deviation, [1,C,1,1], or for each group of channels,
  /// [N,G,1,1].
  Shape groups;
  Shape affine;                    ///< of weight and bias, as they are broadcast to x: [C,1,1]
  Tensor mean, inverse_deviation;  ///< of each group, by the last forward
  bool own_statistics = true;      ///< mean and deviation depend on x
};

/// What an op says of one of its calls.
struct OpFacts {
  std::vector<OpOption> options = {};               ///< beside the inputs, dimensions counted from the front
  std::optional<Formula> formula = {};              ///< of an op that is a sum of products
  std::optional<FunctionText> function = {};        ///< of a function of one number, element by element
  std::optional<Normalization> normalization = {};  ///< of an op that is one
  /// What a number of the output reads of each input, where that does not follow from a formula. An op that does
  /// not say has no receptive field behind it.
  std::vector<Reads> reads = {};
  std::vector<Tensor> saved = {};  ///< by forward for backward, beyond inputs and output
  /// Of an op that makes choices of its inputs, as relu or max_pool2d: what it chose, a number for each choice.
  /// Where a small step of an input changes one, the gradient jumps. Good as long as the op.
  std::function<std::vector<Index>(std::span<const Tensor>)> choices = {};

  /// `reads`, or what follows from the formula; unknown of what neither says.
  std::vector<Reads> reads_of_each(std::span<const Shape> inputs, const Shape& output) const;
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
  /// Of an op that takes steps: forward and then `epilogue`, with the bits of one after the other.
  virtual Tensor fused_forward(std::span<const Tensor> /*inputs*/, const Epilogue& /*epilogue*/) {
    return {};
  }
  /// Of an op that is a map: what it does to its first input, which is not read.
  virtual ChannelMap channel_map(std::span<const Tensor> /*inputs*/) const { return {}; }
  /// What inspection shows of a call with such shapes, and what receptive fields, multiply-adds and memory are
  /// counted by.
  virtual OpFacts facts(std::span<const Shape> /*inputs*/, const Shape& /*output*/) const { return {}; }
  /// Of an op that is neither a formula nor a normalisation: gives the terms of one element of the output or of
  /// a gradient, as `explain` asks; see core/explain.h. False: the op has no explanation, which inspection says.
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

}  // namespace reel::inline REEL_PRECISION
