// Every op of Reel: free functions on Var. Each checks its arguments (a ShapeError names the call), computes,
// records itself on the tape of its inputs, and knows its gradient. Shapes are row-major, images [N,C,H,W].
//
// A batch may be empty, N = 0: so is what comes of it, and the gradients of weights are 0. Where there is no
// result, as in a mean or maximum of nothing, a loss with Reduction::kMean or a batch norm that trains, it is
// a ShapeError. An option that is out of range or not finite is an Error.
//
// The last parameter of each captures the caller's line and is never passed.
// At zeros, infinities and NaN, and at the smallest and largest numbers, values and gradients are PyTorch
// 2.14's; but means and norms are summed in double and do not overflow. A zero's sign is PyTorch's where
// nothing is summed.
#pragma once

#include <concepts>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

// ---- Arithmetic, element by element. The shapes of two operands are broadcast as in NumPy and PyTorch:
// aligned at the last dimension, where one is 1 or missing it is repeated.

Var add(Var a, Var b, Location where = {});
Var sub(Var a, Var b, Location where = {});
Var mul(Var a, Var b, Location where = {});
Var div(Var a, Var b, Location where = {});
Var add(Var a, Scalar b, Location where = {});
Var sub(Var a, Scalar b, Location where = {});
Var mul(Var a, Scalar b, Location where = {});
Var div(Var a, Scalar b, Location where = {});
Var neg(Var x, Location where = {});

/// A Var with the line of the expression it stands in: operators cannot have a defaulted parameter.
struct Operand {
  Var var;
  Location where;
  Operand(Var v, Location here = {}) : var(std::move(v)), where(here) {}
};
inline Var operator+(Operand a, Operand b) { return add(a.var, b.var, a.where); }
inline Var operator-(Operand a, Operand b) { return sub(a.var, b.var, a.where); }
inline Var operator*(Operand a, Operand b) { return mul(a.var, b.var, a.where); }
inline Var operator/(Operand a, Operand b) { return div(a.var, b.var, a.where); }
inline Var operator+(Operand a, Scalar b) { return add(a.var, b, a.where); }
inline Var operator-(Operand a, Scalar b) { return sub(a.var, b, a.where); }
inline Var operator*(Operand a, Scalar b) { return mul(a.var, b, a.where); }
inline Var operator/(Operand a, Scalar b) { return div(a.var, b, a.where); }
inline Var operator+(Scalar a, Operand b) { return add(b.var, a, b.where); }
inline Var operator-(Scalar a, Operand b) { return add(neg(b.var, b.where), a, b.where); }
inline Var operator*(Scalar a, Operand b) { return mul(b.var, a, b.where); }
Var operator/(Scalar a, Operand b);
inline Var operator-(Operand x) { return neg(x.var, x.where); }

// ---- Functions of one number, element by element.

Var relu(Var x, Location where = {});  ///< max(x, 0); gradient 0 at 0
Var leaky_relu(Var x, Scalar negative_slope = Scalar(0.01), Location where = {});
template <std::same_as<bool> Flag>
Var leaky_relu(Var x, Flag, Location where = {}) = delete;  // a slope is a number
/// x Phi(x), by erf. Hendrycks and Gimpel, arXiv:1606.08415.
Var gelu(Var x, Location where = {});
Var silu(Var x, Location where = {});  ///< x sigmoid(x)
Var sigmoid(Var x, Location where = {});
Var tanh(Var x, Location where = {});
Var exp(Var x, Location where = {});
Var log(Var x, Location where = {});
Var sqrt(Var x, Location where = {});
Var pow(Var x, Scalar exponent, Location where = {});
Var abs(Var x, Location where = {});  ///< gradient 0 at 0
/// Limits x to [low, high], low <= high; the gradient passes where low < x < high.
Var clamp(Var x, Scalar low, Scalar high, Location where = {});

// ---- Reductions, over every element or over the given dimensions (negative ones count from the end).

/// Dimensions: one number or {0, 2, 3}.
struct Dims {
  std::vector<Index> values;
  Dims(Index one) : values{one} {}
  // Dimensions are whole numbers; see clamp() for the larger of x and a number, {.keepdim = true}.
  template <NotAnIndex Number>
  Dims(Number) = delete;
  Dims(std::initializer_list<Index> several) : values(several) {}
};
struct ReduceOptions {
  bool keepdim = false;  ///< keep the reduced dimensions with size 1
};
Var sum(Var x, Location where = {});
Var sum(Var x, Dims dims, ReduceOptions options = {}, Location where = {});
Var mean(Var x, Location where = {});
Var mean(Var x, Dims dims, ReduceOptions options = {}, Location where = {});
/// Equal maxima share the gradient evenly (torch.amax); where the maximum is NaN, so is every gradient.
Var max(Var x, Location where = {});
Var max(Var x, Dims dims, ReduceOptions options = {}, Location where = {});

/// exp(x_i) / sum_j exp(x_j) along `dim`, computed from x - max(x); and its logarithm.
Var softmax(Var x, Dim dim = -1, Location where = {});
Var log_softmax(Var x, Dim dim = -1, Location where = {});

// ---- Matrix products.

/// torch.matmul: [M,K] x [K,N] -> [M,N]; a vector counts as one row (left) or column (right), which the
/// result drops; dimensions before the last two are batches and broadcast.
Var matmul(Var a, Var b, Location where = {});
/// y = x weight^T + bias: x [..,in], weight [out,in], bias [out] or none -> [..,out].
Var linear(Var x, Var weight, Var bias = {}, Location where = {});

// ---- Convolutions. Cross-correlation, as in every framework: the kernel is not flipped.

struct Conv2dParams {
  Size2 stride = 1;
  Padding2 padding = 0;  ///< zeros around the image
  Size2 dilation = 1;
  Index groups = 1;  ///< input and output channels fall into this many groups that do not mix
};
/// x [N,C_in,H,W], weight [C_out,C_in/groups,Kh,Kw], bias [C_out] or none -> [N,C_out,H',W'] with
/// H' = (H + top + bottom - dilation.h (Kh - 1) - 1) / stride.h + 1, rounded down, and W' alike.
/// Many 3x3 convolutions run as Winograd's: in float within 1e-5 of the largest result, and an infinity or a
/// NaN reaches pixels some steps further than the kernel does. The zeros around an image may be multiplied
/// like pixels: an infinite weight then makes NaN of them, in gradients too.
/// Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285.
Var conv2d(Var x, Var weight, Var bias = {}, Conv2dParams params = {}, Location where = {});
/// The 1x1 convolution as a matrix product over the channels: x [N,C_in,H,W], weight [C_out,C_in,1,1] or
/// [C_out,C_in], bias [C_out] or none -> [N,C_out,H,W].
Var conv1x1(Var x, Var weight, Var bias = {}, Location where = {});

struct ConvTranspose2dParams {
  Size2 stride = 1;
  Padding2 padding = 0;  ///< rows and columns cut from the result
  Size2 dilation = 1;
  Index groups = 1;
  Size2 output_padding =
      0;  ///< rows and columns added at the bottom and right; smaller than stride or dilation
};
/// The gradient of conv2d with respect to its input, as an op: x [N,C_in,H,W], weight
/// [C_in,C_out/groups,Kh,Kw], bias [C_out] or none -> [N,C_out,H',W'], H' = (H - 1) stride.h - top - bottom +
/// dilation.h (Kh - 1) + output_padding.h + 1.
Var conv_transpose2d(Var x, Var weight, Var bias = {}, ConvTranspose2dParams params = {},
                     Location where = {});

// ---- Pooling: x [N,C,H,W] -> [N,C,H',W'].

/// Of a pooling window, as one number or {h, w}; the kernel's size where not given.
struct PoolingStride : std::optional<Size2> {
  constexpr PoolingStride() = default;
  constexpr PoolingStride(Index both) : optional(Size2(both)) {}
  template <NotAnIndex Number>
  PoolingStride(Number) = delete;  // sizes are whole numbers
  constexpr PoolingStride(Index h, Index w) : optional(Size2(h, w)) {}
  constexpr PoolingStride(Size2 size) : optional(size) {}
  constexpr PoolingStride(std::optional<Size2> size) : optional(size) {}
};
struct MaxPool2dParams {
  PoolingStride stride = {};
  Padding2 padding = 0;  ///< at most half the kernel; padded cells never win
  Size2 dilation = 1;
  bool ceil_mode = false;  ///< round the output's size up
};
struct AvgPool2dParams {
  PoolingStride stride = {};
  Padding2 padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< padded cells count in the mean
};
/// The largest of each window; the first of equals (row-major) takes the gradient, as in PyTorch.
Var max_pool2d(Var x, Size2 kernel, MaxPool2dParams params = {}, Location where = {});
Var avg_pool2d(Var x, Size2 kernel, AvgPool2dParams params = {}, Location where = {});
/// The mean of each channel: [N,C,H,W] -> [N,C,1,1].
Var global_avg_pool2d(Var x, Location where = {});

// ---- Normalisation and regularisation.

struct BatchNorm2dParams {
  Tensor running_mean =
      {};  ///< [C]; used where not training, updated in place where training; both or neither
  Tensor running_var = {};  ///< [C]; the unbiased variance
  bool training = true;     ///< normalise with the batch's statistics
  double momentum = 0.1;    ///< running = (1 - momentum) running + momentum batch
  double eps = 1e-5;
};
/// y = (x - mean) / sqrt(var + eps) * weight + bias for each channel: x [N,C,H,W] or [N,C], weight and bias
/// [C] or none. Ioffe and Szegedy, arXiv:1502.03167.
Var batch_norm2d(Var x, Var weight, Var bias, BatchNorm2dParams params = {}, Location where = {});

struct LayerNormParams {
  double eps = 1e-5;
};
/// Normalises over the trailing dimensions, those of weight's shape: weight and bias [..] or no bias.
/// Ba, Kiros and Hinton, arXiv:1607.06450.
Var layer_norm(Var x, Var weight, Var bias = {}, LayerNormParams params = {}, Location where = {});

/// Where training, each element is 0 x with probability p, else x / (1 - p); else x itself. 0 <= p < 1.
Var dropout(Var x, double p = 0.5, bool training = true, Location where = {});
template <std::same_as<bool> Flag>
Var dropout(Var x, Flag training, Location where = {}) = delete;  // say p first: dropout(x, 0.5, training)

// ---- Shape.

/// One size may be -1.
Var reshape(Var x, std::vector<Index> sizes, Location where = {});
/// Joins the dimensions from `start_dim` to the last: [N,C,H,W] -> [N,C*H*W].
Var flatten(Var x, Dim start_dim = 1, Location where = {});
Var transpose(Var x, Dim dim0, Dim dim1, Location where = {});
/// Dimension i of the result is dimension order[i] of x.
Var permute(Var x, std::vector<Index> order, Location where = {});
/// Along an existing dimension, in which the sizes may differ.
Var concat(std::span<const Var> parts, Dim dim = 0, Location where = {});
Var concat(std::initializer_list<Var> parts, Dim dim = 0, Location where = {});
/// Along a new dimension; all shapes equal.
Var stack(std::span<const Var> parts, Dim dim = 0, Location where = {});
Var stack(std::initializer_list<Var> parts, Dim dim = 0, Location where = {});
/// Positions begin, begin + step, ... before end, as Python's begin:end:step with a step of 1 or more:
/// negative ones count from the end, {2} goes on to it, {.end = -1} leaves the last out; what lies beyond is
/// left out.
struct Range {
  Index begin = 0;
  Index end = std::numeric_limits<Index>::max();  ///< all there are
  Index step = 1;
};
Var slice(Var x, Dim dim, Range range, Location where = {});
/// [N,C,H,W] with rows and columns of `value` around each image.
Var pad2d(Var x, Padding2 padding, Scalar value = 0, Location where = {});

// ---- Losses. Labels are classes 0..C-1; a label out of range or the mean of an empty batch is an Error.

enum class Reduction { kMean, kSum, kNone };
struct LossOptions {
  Reduction reduction = Reduction::kMean;
};
struct CrossEntropyOptions {
  double label_smoothing =
      0;  ///< the target becomes (1 - s) onehot + s / C; Szegedy et al., arXiv:1512.00567
  Reduction reduction = Reduction::kMean;
};
/// -sum_c target_c log softmax(logits)_c for each row of logits [N,C]; targets are labels or probabilities
/// [N,C]. kMean divides by N, kNone gives [N]. A class that the label is not costs nothing at a logit of
/// -inf; a probability of 0 makes that NaN.
Var cross_entropy(Var logits, std::span<const int> labels, CrossEntropyOptions options = {},
                  Location where = {});
Var cross_entropy(Var logits, std::initializer_list<int> labels, CrossEntropyOptions options = {},
                  Location where = {});
Var cross_entropy(Var logits, const Tensor& probabilities, CrossEntropyOptions options = {},
                  Location where = {});
/// The same from log-probabilities [N,C]: -log_probabilities[n, labels[n]].
Var nll_loss(Var log_probabilities, std::span<const int> labels, LossOptions options = {},
             Location where = {});
/// (x - target)^2 and |x - target|, element by element; equal shapes. Reduced over all elements.
Var mse_loss(Var x, Var target, LossOptions options = {}, Location where = {});
Var mse_loss(Var x, const Tensor& target, LossOptions options = {}, Location where = {});
Var l1_loss(Var x, Var target, LossOptions options = {}, Location where = {});
Var l1_loss(Var x, const Tensor& target, LossOptions options = {}, Location where = {});
/// Binary cross-entropy of sigmoid(logits) against targets in [0, 1]:
/// max(x, 0) - x t + log(1 + exp(-|x|)), element by element; NaN at -infinity, as in PyTorch.
Var bce_with_logits(Var logits, const Tensor& target, LossOptions options = {}, Location where = {});

}  // namespace reel::inline REEL_PRECISION
