// Every op of Reel: free functions on Var. Each checks its arguments (a ShapeError names the call), computes,
// records itself on the tape of its inputs, and knows its gradient. Shapes are row-major, images [N,C,H,W].
//
// A batch may be empty, N = 0: so is what comes of it, and the gradients of weights are 0. Where there is no
// result, as in a mean or maximum of nothing, a loss with Reduction::kMean or a batch norm that trains, it is
// a ShapeError. An option that is out of range or not finite is an Error.
//
// The first argument of each brings the caller's line, which messages name: see Operand. A helper of the form
//   Var block(Operand x) { return relu(conv2d(x, w)); }
// hands its own caller's line on to conv2d, which is given x.
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

#include <reel/core/copied_by_member.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

// ---- Arithmetic, element by element. The shapes of two operands are broadcast as in NumPy and PyTorch:
// aligned at the last dimension, where one is 1 or missing it is repeated.

Var add(Operand a, Var b);
Var sub(Operand a, Var b);
Var mul(Operand a, Var b);
Var div(Operand a, Var b);
Var add(Operand a, Scalar b);
Var sub(Operand a, Scalar b);
Var mul(Operand a, Scalar b);
Var div(Operand a, Scalar b);
Var neg(Operand x);

inline Var operator+(Operand a, Operand b) { return add(a, b); }
inline Var operator-(Operand a, Operand b) { return sub(a, b); }
inline Var operator*(Operand a, Operand b) { return mul(a, b); }
inline Var operator/(Operand a, Operand b) { return div(a, b); }
inline Var operator+(Operand a, Scalar b) { return add(a, b); }
inline Var operator-(Operand a, Scalar b) { return sub(a, b); }
inline Var operator*(Operand a, Scalar b) { return mul(a, b); }
inline Var operator/(Operand a, Scalar b) { return div(a, b); }
inline Var operator+(Scalar a, Operand b) { return add(b, a); }
inline Var operator-(Scalar a, Operand b) { return add({neg(b), b.where}, a); }
inline Var operator*(Scalar a, Operand b) { return mul(b, a); }
Var operator/(Scalar a, Operand b);
inline Var operator-(Operand x) { return neg(x); }
/// a = a + b, ...: another Var; nothing changes in place.
inline Var& operator+=(Var& a, Operand b) { return a = add({a, b.where}, b); }
inline Var& operator-=(Var& a, Operand b) { return a = sub({a, b.where}, b); }
inline Var& operator*=(Var& a, Operand b) { return a = mul({a, b.where}, b); }
inline Var& operator/=(Var& a, Operand b) { return a = div({a, b.where}, b); }
inline Var& operator+=(Var& a, Located<Scalar> b) { return a = add({a, b.where}, b); }
inline Var& operator-=(Var& a, Located<Scalar> b) { return a = sub({a, b.where}, b); }
inline Var& operator*=(Var& a, Located<Scalar> b) { return a = mul({a, b.where}, b); }
inline Var& operator/=(Var& a, Located<Scalar> b) { return a = div({a, b.where}, b); }

/// The larger and the smaller of two numbers; equal ones share the gradient evenly. Where either is NaN so is
/// the result, and both take all of the gradient.
Var maximum(Operand a, Var b);
Var minimum(Operand a, Var b);
Var maximum(Operand a, Scalar b);
Var minimum(Operand a, Scalar b);
inline Var maximum(Scalar a, Operand b) { return maximum(b, a); }
inline Var minimum(Scalar a, Operand b) { return minimum(b, a); }
/// a where the condition is true, which is not 0, else b; the three are broadcast. A NaN or an infinity that
/// is not chosen reaches neither the value nor a gradient.
Var where(Located<Tensor> condition, Var a, Var b);
Var where(Located<Tensor> condition, Var a, Scalar b);
Var where(Located<Tensor> condition, Scalar a, Var b);

// ---- Functions of one number, element by element, in x's shape.

Var relu(Operand x);  ///< max(x, 0); gradient 0 at 0
/// x where x > 0, else negative_slope x; the gradient at 0 is negative_slope.
Var leaky_relu(Operand x, Scalar negative_slope = Scalar(0.01));
template <std::same_as<bool> Flag>
Var leaky_relu(Operand x, Flag) = delete;  // a slope is a number
/// x Phi(x), by erf. Hendrycks and Gimpel, arXiv:1606.08415.
Var gelu(Operand x);
Var silu(Operand x);     ///< x sigmoid(x)
Var sigmoid(Operand x);  ///< 1 / (1 + exp(-x))
Var tanh(Operand x);     ///< the hyperbolic tangent
Var exp(Operand x);      ///< infinity where it is larger than any Scalar
Var log(Operand x);      ///< the natural logarithm: -infinity at 0, NaN below
Var sqrt(Operand x);     ///< NaN below 0; the gradient at 0 is infinite
/// x^exponent; NaN where a finite x is below 0 and the exponent is no whole number.
Var pow(Operand x, Scalar exponent);
/// log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta x > threshold. beta > 0.
Var softplus(Operand x, Scalar beta = 1, Scalar threshold = 20);
/// x where x > 0, else alpha (exp(x) - 1). Clevert, Unterthiner and Hochreiter, arXiv:1511.07289.
Var elu(Operand x, Scalar alpha = 1);
/// x relu6(x + 3) / 6, with relu6 the relu that ends at 6. Howard et al., arXiv:1905.02244.
Var hardswish(Operand x);
/// x tanh(softplus(x)). Misra, arXiv:1908.08681.
Var mish(Operand x);
Var abs(Operand x);  ///< gradient 0 at 0
/// Limits x to [low, high], low <= high; the gradient passes where low < x < high.
Var clamp(Operand x, Scalar low, Scalar high);

// ---- Reductions, over every element, to a scalar, or over the given dimensions: [N,C,H,W] over {2, 3}, or
// {-2, -1}, -> [N,C], and with {.keepdim = true} [N,C,1,1].

/// Dimensions: one number or {0, 2, 3}.
struct Dims {
  std::vector<Index> values;
  Dims(Index one) : values{one} {}
  // Dimensions are whole numbers; see maximum() for the larger of x and a number, {.keepdim = true}.
  template <NotAnIndex Number>
  Dims(Number) = delete;
  Dims(std::initializer_list<Index> several) : values(several) {}
};
struct ReduceOptions {
  bool keepdim = false;  ///< keep the reduced dimensions with size 1
};
Var sum(Operand x);
Var sum(Operand x, Dims dims, ReduceOptions options = {});
Var mean(Operand x);
Var mean(Operand x, Dims dims, ReduceOptions options = {});
/// Equal maxima share the gradient evenly (torch.amax); where the maximum is NaN, so is every gradient.
Var max(Operand x);
Var max(Operand x, Dims dims, ReduceOptions options = {});

/// exp(x_i) / sum_j exp(x_j) along `dim`, computed from x - max(x); and its logarithm.
Var softmax(Operand x, Dim dim = -1);
Var log_softmax(Operand x, Dim dim = -1);

// ---- Matrix products.

/// torch.matmul: [M,K] x [K,N] -> [M,N]; a vector counts as one row (left) or column (right), which the
/// result drops; dimensions before the last two are batches and broadcast.
Var matmul(Operand a, Var b);
/// y = x weight^T + bias: x [..,in], weight [out,in], bias [out] or none -> [..,out].
Var linear(Operand x, Var weight, Var bias = {});

/// Rows of weight [V,D] by their numbers: indices [..], whole numbers from 0 to V - 1, or n of them -> [..,D]
/// or [n,D]. Rows that several indices name get the sum of their gradients; indices get none.
Var embedding(Operand weight, Var indices);
Var embedding(Operand weight, const Tensor& indices);
Var embedding(Operand weight, std::span<const int> indices);
Var embedding(Operand weight, std::initializer_list<int> indices);

// ---- Convolutions. Cross-correlation, as in every framework: the kernel is not flipped.
// Op and layer share their options, whose `bias` says whether a layer has one. For an op, a bias given with
// .bias = false is an Error.

struct Conv2dOptions {
  Size2 stride = 1;
  Padding2 padding = 0;  ///< zeros around the image
  Size2 dilation = 1;
  Index groups = 1;  ///< input and output channels fall into this many groups that do not mix
  bool bias = true;
};
/// x [N,C_in,H,W], weight [C_out,C_in/groups,Kh,Kw], bias [C_out] or none -> [N,C_out,H',W'] with
/// H' = (H + top + bottom - dilation.h (Kh - 1) - 1) / stride.h + 1, rounded down, and W' alike.
/// Many 3x3 convolutions run as Winograd's: in float within 1e-5 of the largest result, and an infinity or a
/// NaN reaches pixels some steps further than the kernel does. The zeros around an image may be multiplied
/// like pixels: an infinite weight then makes NaN of them, in gradients too.
/// Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285.
Var conv2d(Operand x, Var weight, Var bias = {}, Conv2dOptions options = {});
/// The 1x1 convolution as a matrix product over the channels: x [N,C_in,H,W], weight [C_out,C_in,1,1] or
/// [C_out,C_in], bias [C_out] or none -> [N,C_out,H,W].
Var conv1x1(Operand x, Var weight, Var bias = {});

struct Conv1dOptions {
  Index stride = 1;
  Index padding = 0;  ///< zeros at both ends
  Index dilation = 1;
  Index groups = 1;  ///< input and output channels fall into this many groups that do not mix
  bool bias = true;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
/// x [N,C_in,L], weight [C_out,C_in/groups,K], bias [C_out] or none -> [N,C_out,L'] with
/// L' = (L + 2 padding - dilation (K - 1) - 1) / stride + 1, rounded down: conv2d() of images of one row.
Var conv1d(Operand x, Var weight, Var bias = {}, Conv1dOptions options = {});

struct ConvTranspose2dOptions {
  Size2 stride = 1;
  Padding2 padding = 0;  ///< rows and columns cut from the result
  Size2 dilation = 1;
  Index groups = 1;
  Size2 output_padding = 0;  ///< added at the bottom and right; smaller than stride or dilation
  bool bias = true;
};
/// The gradient of conv2d with respect to its input, as an op: x [N,C_in,H,W], weight
/// [C_in,C_out/groups,Kh,Kw], bias [C_out] or none -> [N,C_out,H',W'], H' = (H - 1) stride.h - top - bottom +
/// dilation.h (Kh - 1) + output_padding.h + 1.
Var conv_transpose2d(Operand x, Var weight, Var bias = {}, ConvTranspose2dOptions options = {});

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
struct MaxPool2dOptions {
  PoolingStride stride = {};
  Padding2 padding = 0;  ///< at most half the kernel; padded cells never win
  Size2 dilation = 1;
  bool ceil_mode = false;  ///< round the output's size up
};
struct AvgPool2dOptions {
  PoolingStride stride = {};
  Padding2 padding = 0;  ///< at most half the kernel
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< padded cells count in the mean
};
/// The largest of each window, whose cells are dilation.h rows and dilation.w columns apart; the first of
/// equals (row-major) takes the gradient, as in PyTorch. As of conv2d(),
/// H' = (H + top + bottom - dilation.h (kernel.h - 1) - 1) / stride.h + 1, rounded down; with ceil_mode up,
/// but for a window that would begin below the image. W' alike. Where no window fits it is a ShapeError.
Var max_pool2d(Operand x, Size2 kernel, MaxPool2dOptions options = {});
inline Var max_pool2d(Operand x, Size2 kernel, Index stride) {
  return max_pool2d(x, kernel, MaxPool2dOptions{.stride = stride});
}
/// The mean of each window, in which padded cells are 0; H' and W' as of max_pool2d() with a dilation of 1.
Var avg_pool2d(Operand x, Size2 kernel, AvgPool2dOptions options = {});
inline Var avg_pool2d(Operand x, Size2 kernel, Index stride) {
  return avg_pool2d(x, kernel, AvgPool2dOptions{.stride = stride});
}
/// The mean of each channel: [N,C,H,W] -> [N,C,1,1].
Var global_avg_pool2d(Operand x);

// ---- Resampling: x [N,C,H,W] -> [N,C,H',W'].

enum class Interpolation { kNearest, kBilinear };
struct Upsample2dOptions {
  Interpolation mode = Interpolation::kNearest;
  bool align_corners = false;  ///< of kBilinear: the centres of the corner pixels stay where they are
};
/// Larger by a whole factor in each direction, H' = H factor.h: each pixel repeated, or weighted means of the
/// four around (torch.nn.functional.interpolate with scale_factor).
Var upsample2d(Operand x, Size2 factor, Upsample2dOptions options = {});
/// The means of windows that cover the input, H' = output.h: row i is of the input's rows from floor(i H / H')
/// to ceil((i + 1) H / H') (torch.nn.functional.adaptive_avg_pool2d). Where H' divides H, and W' W, it is
/// avg_pool2d.
Var adaptive_avg_pool2d(Operand x, Size2 output);

// ---- Normalisation and regularisation. A weight or bias given with .affine = false is an Error.

/// What changes from one call to the next.
struct BatchNorm2dState {
  Tensor running_mean = {};  ///< [C]; used where not training, else updated in place; both or neither
  Tensor running_var = {};   ///< [C]; the unbiased variance
  bool training = true;      ///< normalise with the batch's statistics
};
struct BatchNorm2dOptions {
  double eps = 1e-5;
  double momentum = 0.1;  ///< running = (1 - momentum) running + momentum batch
  bool affine = true;     ///< whether there may be a weight and a bias, and a layer has them
};
/// y = (x - mean) / sqrt(var + eps) * weight + bias for each channel: x [N,C,H,W] or [N,C], weight and bias
/// [C] or none. Ioffe and Szegedy, arXiv:1502.03167.
Var batch_norm2d(Operand x, Var weight, Var bias, BatchNorm2dState state = {},
                 BatchNorm2dOptions options = {});

struct LayerNormOptions {
  double eps = 1e-5;
};
/// Normalises over the trailing dimensions, those of weight's shape: weight and bias [..] or no bias.
/// Ba, Kiros and Hinton, arXiv:1607.06450.
Var layer_norm(Operand x, Var weight, Var bias = {}, LayerNormOptions options = {});

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< as in BatchNorm2dOptions
};
/// Normalises each of `groups` groups of neighbouring channels of each sample, then scales and shifts each
/// channel: x [N,C,..], weight and bias [C] or none. Groups of one value become 0; where x is a single sample
/// of them it is a ShapeError, as in PyTorch. Wu and He, arXiv:1803.08494.
Var group_norm(Operand x, Index groups, Var weight = {}, Var bias = {}, GroupNormOptions options = {});

struct InstanceNorm2dOptions {
  double eps = 1e-5;
  bool affine = false;  ///< as in BatchNorm2dOptions
};
/// Normalises each channel of each image, as group_norm with C groups, and without running statistics: x
/// [N,C,H,W] of at least 2 pixels, weight and bias [C] or none. Ulyanov et al., arXiv:1607.08022.
Var instance_norm2d(Operand x, Var weight = {}, Var bias = {}, InstanceNorm2dOptions options = {});

/// Where training, each element is 0 x with probability p, else x / (1 - p); else x itself. 0 <= p < 1.
Var dropout(Operand x, double p = 0.5, bool training = true);
template <std::same_as<bool> Flag>
Var dropout(Operand x, Flag training) = delete;  // say p first: dropout(x, 0.5, training)

// ---- Shape.

/// The same elements, row by row, as many of them; one size may be -1 and is worked out.
Var reshape(Operand x, std::vector<Index> sizes);
/// Joins the dimensions from `start_dim` to the last: [N,C,H,W] -> [N,C*H*W].
Var flatten(Operand x, Dim start_dim = 1);
/// Drops every dimension of size 1; or the one that is named, where its size is 1, and else none.
Var squeeze(Operand x);
Var squeeze(Operand x, Dim dim);
/// With a dimension of size 1, which is dimension `dim` of the result.
Var unsqueeze(Operand x, Dim dim);
/// Exchanges two dimensions: [A,B,C] by (0, 2) -> [C,B,A].
Var transpose(Operand x, Dim dim0, Dim dim1);
/// Dimension i of the result is dimension order[i] of x.
Var permute(Operand x, std::vector<Index> order);
/// One after another along an existing dimension, in which alone the sizes may differ: [A,B] and [C,B] ->
/// [A+C,B]. At least one part.
Var concat(Located<std::span<const Var>> parts, Dim dim = 0);
/// Side by side along a new dimension, which is `dim` of the result; all shapes equal: n times [A,B] ->
/// [n,A,B]. At least one part.
Var stack(Located<std::span<const Var>> parts, Dim dim = 0);
/// Positions begin, begin + step, ... before end, as Python's begin:end:step with a step of 1 or more:
/// negative ones count from the end, {2} goes on to it, {.end = -1} leaves the last out; what lies beyond is
/// left out.
struct Range {
  Index begin = 0;
  Index end = std::numeric_limits<Index>::max();  ///< all there are
  Index step = 1;
};
Var slice(Operand x, Dim dim, Range range);
/// One position along a dimension, which the result drops; a negative one counts from the end.
Var select(Operand x, Dim dim, Index index);
template <NotAnIndex Number>
Var select(Operand x, Dim dim, Number index) = delete;  // positions are whole numbers
/// Slices of equal size, that of n / chunks rounded up, of which the last holds what is left. So there may be
/// fewer than `chunks`: 6 positions in 4 chunks are 2, 2, 2.
std::vector<Var> chunk(Operand x, Index chunks, Dim dim = 0);
template <NotAnIndex Number>
std::vector<Var> chunk(Operand x, Number chunks, Dim dim = 0) = delete;  // counts are whole numbers
/// [N,C,H,W] with rows and columns of `value` around each image.
Var pad2d(Operand x, Padding2 padding, Scalar value = 0);

// ---- Losses. Labels are classes 0..C-1; a label out of range or the mean of an empty batch is an Error.

enum class Reduction { kMean, kSum, kNone };
struct LossOptions {
  Reduction reduction = Reduction::kMean;
};
struct CrossEntropyOptions {
  /// The target becomes (1 - s) onehot + s / C; Szegedy et al., arXiv:1512.00567.
  double label_smoothing = 0;
  Reduction reduction = Reduction::kMean;
  Tensor weight = {};                    ///< [C], 0 or more: what each class counts; undefined: 1
  std::optional<int> ignore_index = {};  ///< rows of this label count for nothing, and may be no class
};
/// -sum_c target_c weight_c log softmax(logits)_c for each row of logits [N,C], or of [N,C,...] for each place of an
/// image, whose labels come in row-major order [N,...]. A tensor of targets in the logits' shape is probabilities; one
/// of [N,...] is labels, such as a mask, whose numbers must be whole, else an Error. kNone gives [N,...]. kMean divides
/// by the rows; with labels, as in PyTorch, by the weights of the labels that are not ignored, of which there must be
/// one. A class that the label is not costs nothing at a logit of -inf; a probability of 0 makes that NaN.
Var cross_entropy(Operand logits, std::span<const int> labels, CrossEntropyOptions options = {});
Var cross_entropy(Operand logits, std::initializer_list<int> labels, CrossEntropyOptions options = {});
Var cross_entropy(Operand logits, const Tensor& targets, CrossEntropyOptions options = {});
/// The same from log-probabilities [N,C]: -log_probabilities[n, labels[n]].
Var nll_loss(Operand log_probabilities, std::span<const int> labels, LossOptions options = {});
/// (x - target)^2 and |x - target|, element by element; equal shapes. Reduced over all elements.
Var mse_loss(Operand x, Var target, LossOptions options = {});
Var mse_loss(Operand x, const Tensor& target, LossOptions options = {});
Var l1_loss(Operand x, Var target, LossOptions options = {});
Var l1_loss(Operand x, const Tensor& target, LossOptions options = {});
struct HuberLossOptions {
  double delta = 1;  ///< above 0: where the parabola goes over into a line
  Reduction reduction = Reduction::kMean;
};
/// d^2 / 2 where d = |x - target| <= delta, else delta (d - delta / 2), element by element; equal shapes. Huber,
/// "Robust estimation of a location parameter", 1964.
Var huber_loss(Operand x, const Tensor& target, HuberLossOptions options = {});
/// target (log target - log_probabilities), element by element, where 0 log 0 is 0; equal shapes. The divergence of a
/// batch of N distributions is kSum's / N (PyTorch's "batchmean"): kMean divides by all elements, as PyTorch's "mean".
Var kl_div(Operand log_probabilities, const Tensor& target, LossOptions options = {});
struct BceWithLogitsOptions {
  Reduction reduction = Reduction::kMean;
  /// 0 or more, of a shape that broadcasts to the target's, as [C] for [N,C]: what a positive counts; undefined: 1
  Tensor pos_weight = {};
};
/// Binary cross-entropy of s = sigmoid(logits) against targets in [0, 1]: -(p t log(s) + (1 - t) log(1 - s)) with p =
/// pos_weight, element by element; without one, max(x, 0) - x t + log(1 + exp(-|x|)). NaN at -infinity, as in PyTorch.
/// kMean divides by all elements. With pos_weight a target that is not in [0, 1] is an Error.
Var bce_with_logits(Operand logits, const Tensor& target, BceWithLogitsOptions options = {});

}  // namespace reel::inline REEL_PRECISION
