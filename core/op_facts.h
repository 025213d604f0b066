// What an op says of one of its calls: what inspection shows and counts by.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/formula/formula.h>
#include <reel/core/onnx.h>
#include <reel/core/reads.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// An option that an op was called with, by the name that ops.h gives it: {"stride", {2, 1}}. A Size2 is
/// h, w and a Padding2 top, bottom, left, right; a bool is 0 or 1, a Reduction 0 for kMean, 1 kSum, 2 kNone.
struct OpOption {
  std::string name;
  std::vector<double> values;
};

/// A function of one number x and its derivative as a reader of mathematics writes them, in terms of x, of
/// the op's options and, in the derivative, of the value y: "x Phi(x)", "1 where x > 0, else negative_slope".
/// The page computes them by these words; core/inspect/page/engine/function.js says what it understands.
struct FunctionText {
  std::string value, derivative;
  /// The value is x or 0, the derivative 1 or 0: what is said of a number is "relu on" or "relu off", by the op's name.
  bool is_gate = false;
};

/// y = xhat weight + bias with xhat = (x - mean) / deviation, of inputs x, then weight and bias where there
/// are any. The op's options are eps and, where the statistics are not x's own, running_mean and running_var.
struct Normalization {
  /// x's shape with one element for all that share mean and deviation, [1,C,1,1], or for each group of
  /// channels, [N,G,1,1].
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
  /// What a number of the output reads of each input, where that does not follow from a formula. An op that
  /// does not say has no receptive field behind it.
  std::vector<Reads> reads = {};
  std::vector<Tensor> saved = {};  ///< by forward for backward, beyond inputs and output
  /// Of an op that makes choices of its inputs, as relu or max_pool2d: what it chose, a number for each
  /// choice. Where a small step of an input changes one, the gradient jumps. Good as long as the op.
  std::function<std::vector<Index>(std::span<const Tensor>)> choices = {};
  /// How ONNX says the call, for who asks: as long as the op. A function's words say it for themselves.
  std::function<onnx::Operator()> in_onnx = {};

  /// `reads`, or what follows from the formula; unknown of what neither says. A formula or a function that such a call
  /// cannot have is an Error.
  std::vector<Reads> reads_of_each(std::span<const Shape> inputs, const Shape& output) const;
  /// What the words of the function may name beside x and y: the options that are one number.
  std::map<std::string, double> constants() const;
};

}  // namespace reel::inline REEL_PRECISION
