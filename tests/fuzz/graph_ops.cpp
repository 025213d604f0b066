// The ops that a graph may have.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "graph_builder.h"
#include "op_examples.h"

using namespace reel;

namespace reel_fuzz::REEL_PRECISION {
namespace {

using Graph = GraphBuilder;

Value arithmetic(Graph& g) {
  const Value a = g.pick(), b = g.pick();
  const bool exact = a.exact && b.exact;
  switch (g.in.byte() % 5) {
    case 0:
      return {a.var + b.var, exact};
    case 1:
      return {a.var - b.var, exact};
    case 2:
      return {a.var * b.var, exact};
    case 3:
      return {(-a.var + Scalar(1.5)) * Scalar(-0.5) - Scalar(0.25), a.exact};
    default:
      return g.rough(a.var / b.var);
  }
}

Value smooth_function(Graph& g) {
  static constexpr std::array<Var (*)(Operand), 4> kFunctions{gelu, silu, sigmoid, tanh};
  return {g.in.of(kFunctions)(g.pick().var), false};
}

Value kinked_function(Graph& g) {
  const Value x = g.pick();
  switch (g.in.byte() % 4) {
    case 0:
      return g.kinked(x, relu(x.var));
    case 1:
      return g.kinked(x, leaky_relu(x.var, Scalar(0.25)));
    case 2:
      return g.kinked(x, abs(x.var));
    default:
      const auto low = static_cast<Scalar>(g.in.byte() % 16) / 4 - 2;
      return g.kinked(x, clamp(x.var, low, static_cast<Scalar>(g.in.byte() % 16) / 4 - 1));
  }
}

// Of every op there is an example among those of the tests.
Value example(Graph& g) {
  static const std::vector<reel_test::OpExample> examples = reel_test::op_examples();
  const reel_test::OpExample& one = examples[(g.in.byte() * 256 + g.in.byte()) % examples.size()];
  std::vector<Var> inputs;
  for (const Tensor& input : one.inputs) inputs.push_back(g.of_shape(input.shape()).var);
  return g.rough(one.f(inputs));
}

Value reduction_op(Graph& g) {
  const Value x = g.pick();
  const unsigned kind = g.in.byte() % 3;
  if (g.in.flip()) {
    if (kind == 2) return g.kinked(x, max(x.var));
    return {kind == 0 ? sum(x.var) : mean(x.var), kind == 0 && x.exact};
  }
  Dims dims{};
  for (unsigned left = 1 + g.in.byte() % 3; left > 0; left--) dims.values.push_back(g.in.number(-4, 4));
  const ReduceOptions options{.keepdim = g.in.flip()};
  if (kind == 2) return g.kinked(x, max(x.var, dims, options));
  return {kind == 0 ? sum(x.var, dims, options) : mean(x.var, dims, options), kind == 0 && x.exact};
}

Value softmax_op(Graph& g) {
  const Var x = g.pick().var;
  return {g.in.flip() ? softmax(x, g.in.number(-3, 3)) : log_softmax(x, g.in.number(-3, 3)), false};
}

Value product(Graph& g) {
  const Value a = g.pick();
  if (g.in.flip()) return {matmul(a.var, g.pick().var), false};
  const Index k = a.var.dim() > 0 ? a.var.size(-1) : 1;
  return {matmul(a.var, g.leaf({k, 1 + static_cast<Index>(g.in.byte() % 9)}).var), false};
}

Value linear_op(Graph& g) {
  const Value x = g.pick();
  const Index in = x.var.dim() > 0 ? x.var.size(-1) : 1, out = g.in.extent();
  const Var weight = g.leaf({out, g.in.byte() > 250 ? in + 1 : in}).var;
  return {linear(x.var, weight, g.bias(out)), false};
}

Value convolution(Graph& g) {
  static constexpr std::array<Index, 8> kKernels{1, 2, 3, 3, 3, 4, 5, 7};
  const Value x = g.image();
  const Index channels = x.var.size(1);
  Conv2dOptions options{.stride = g.in.size(1, 3), .padding = g.in.padding(4), .dilation = g.in.size(1, 3)};
  const unsigned kind = g.in.byte();
  options.groups = kind > 250 ? g.in.number(0, 3) : kind % 4 == 3 ? std::max<Index>(channels, 1) : 1;
  const Index groups = std::clamp<Index>(options.groups, 1, 64);
  const Index out = groups * (1 + g.in.byte() % 5), in = std::max<Index>(channels / groups, 1);
  const Shape weight{out, g.in.byte() > 250 ? in + 1 : in, g.in.of(kKernels), g.in.of(kKernels)};
  return {conv2d(x.var, g.leaf(weight).var, g.bias(out), options), false};
}

Value pointwise(Graph& g) {
  const Value x = g.image();
  const Index out = 1 + g.in.byte() % 17;
  return {conv1x1(x.var, g.leaf({out, x.var.size(1), 1, 1}).var, g.bias(out)), false};
}

Value transposed(Graph& g) {
  const Value x = g.image();
  const Index channels = x.var.size(1), out = 1 + g.in.byte() % 5;
  ConvTranspose2dOptions options{
      .stride = g.in.size(1, 3), .padding = g.in.padding(3), .dilation = g.in.size(1, 3)};
  options.output_padding = g.in.size(0, 1);
  options.groups = g.in.byte() > 200 ? std::max<Index>(channels, 1) : 1;
  const Shape weight{channels, out, 1 + g.in.byte() % 5, 1 + g.in.byte() % 5};
  return {conv_transpose2d(x.var, g.leaf(weight).var, g.bias(out * options.groups), options), false};
}

Value pooling(Graph& g) {
  const Value x = g.image();
  const Size2 kernel = g.in.size(1, 5);
  const Padding2 padding = g.in.padding(2);
  const PoolingStride stride = g.in.flip() ? PoolingStride(g.in.size(1, 4)) : PoolingStride();
  const unsigned kind = g.in.byte() % 3;
  if (kind == 2) return {global_avg_pool2d(x.var), false};
  const bool ceil_mode = g.in.flip();
  if (kind == 1) {
    const AvgPool2dOptions options{
        .stride = stride, .padding = padding, .ceil_mode = ceil_mode, .count_include_pad = g.in.flip()};
    return {avg_pool2d(x.var, kernel, options), false};
  }
  const MaxPool2dOptions options{
      .stride = stride, .padding = padding, .dilation = g.in.size(1, 3), .ceil_mode = ceil_mode};
  return g.kinked(x, max_pool2d(x.var, kernel, options));
}

Value normalisation(Graph& g) {
  const Var x = g.pick().var;
  if (g.in.flip()) return g.rough(layer_norm(x, g.leaf({x.dim() > 0 ? x.size(-1) : 1}).var));
  const Index channels = x.dim() > 1 ? x.size(1) : 1;
  BatchNorm2dState state{.training = g.in.flip()};
  if (!state.training || g.in.flip()) {
    state.running_mean = Tensor::zeros({channels});
    state.running_var = Tensor::ones({channels});
  }
  const Var weight = g.bias(channels), shift = g.bias(channels);
  return g.rough(batch_norm2d(x, weight, shift, state));
}

Value dropout_op(Graph& g) {
  const Value x = g.pick();
  const double p = g.in.byte() % 5 * 0.25;
  return {dropout(x.var, p, g.in.flip()), x.exact && p == 0.5};
}

Value other_shape(Graph& g) {
  const Value x = g.pick();
  std::vector<Index> sizes;
  for (unsigned left = g.in.byte() % 4; left > 0; left--) sizes.push_back(g.in.number(-1, 9));
  if (g.in.flip()) sizes.push_back(-1);
  return {g.in.flip() ? reshape(x.var, sizes) : flatten(x.var, g.in.number(-3, 4)), x.exact};
}

Value other_order(Graph& g) {
  const Value x = g.pick();
  if (g.in.flip()) return {transpose(x.var, g.in.number(-4, 4), g.in.number(-4, 4)), x.exact};
  std::vector<Index> order;
  for (Index i = 0; i < x.var.dim(); i++) order.push_back(i);
  for (Index& i : order) std::swap(i, g.in.of(order));
  if (g.in.byte() > 240 && !order.empty()) order[0] = g.in.number(-5, 5);
  return {permute(x.var, order), x.exact};
}

Value join(Graph& g) {
  const Value a = g.pick(), b = g.in.flip() ? a : g.pick();
  const Index dim = g.in.number(-3, 3);
  return {g.in.flip() ? concat({a.var, b.var, a.var}, dim) : stack({a.var, b.var}, dim), a.exact && b.exact};
}

Value part(Graph& g) {
  if (g.in.flip()) {
    const Value x = g.image();
    return {pad2d(x.var, g.in.padding(4), Scalar(0.5)), x.exact};
  }
  const Value x = g.pick();
  const Index dim = g.in.number(-3, 3);
  return {slice(x.var, dim, {g.in.number(-6, 9), g.in.number(-6, 9), g.in.number(1, 3)}), x.exact};
}

Value pair_loss(Graph& g) {
  const Value x = g.pick(), y = g.pick();
  const unsigned kind = g.in.byte() % 3;
  const Reduction reduction = g.in.reduction();
  if (kind == 0) return {mse_loss(x.var, y.var, {reduction}), false};
  if (kind == 1) return g.kinked({x.var, x.exact && y.exact}, l1_loss(x.var, y.var, {reduction}));
  return {bce_with_logits(x.var, Tensor::full(x.var.shape(), Scalar(0.25)), {reduction}), false};
}

Value class_loss(Graph& g) {
  const Value x = g.pick();
  const Index rows = x.var.dim() == 2 ? x.var.size(0) : 2, classes = x.var.dim() == 2 ? x.var.size(1) : 2;
  std::vector<int> labels;
  for (Index i = 0; i < rows; i++) labels.push_back(static_cast<int>(i * 7 % std::max<Index>(classes, 1)));
  if (const unsigned b = g.in.byte(); b > 245 && !labels.empty())
    labels[b % labels.size()] = b & 1 ? -1 : 1 << 30;
  const Reduction reduction = g.in.reduction();
  if (g.in.flip()) return {nll_loss(x.var, labels, {reduction}), false};
  const double smoothing = g.in.byte() % 4 * 0.1;
  return {cross_entropy(x.var, labels, {.label_smoothing = smoothing, .reduction = reduction}), false};
}

}  // namespace

Value draw_op(Graph& g) {
  static constexpr std::array kOps{
      arithmetic,    smooth_function, kinked_function, example,     reduction_op, softmax_op,
      product,       linear_op,       convolution,     pointwise,   transposed,   pooling,
      normalisation, dropout_op,      other_shape,     other_order, join,         part,
      pair_loss,     class_loss};
  return g.in.of(kOps)(g);
}

}  // namespace reel_fuzz::REEL_PRECISION
