#include "op_examples.h"

#include <map>

#include <reel/core/ops/ops.h>

#include "golden/golden_ops.h"
#include "uniform.h"

using namespace reel;
using reel_test::OpExample;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

class Examples {
 public:
  void add(const std::string& name, OpExample::Function f, const std::vector<Tensor>& inputs) {
    all.push_back({name, std::move(f), inputs});
  }

  std::vector<OpExample> all;
};

void arithmetic(Examples& out) {
  const std::vector<std::pair<Shape, Shape>> pairs{{{2, 3}, {2, 3}},          {{2, 3}, {3}},
                                                   {{2, 3}, {2, 1}},          {{4, 1, 3}, {2, 1}},
                                                   {{2, 3, 2, 2}, {3, 1, 1}}, {{}, {2, 2}}};
  for (const auto& [a, b] : pairs) {
    const std::vector<Tensor> inputs{uniform(a, -2, 2), uniform(b, Scalar(0.5), 2, 1)};
    out.add(
        "add", [](Vars v) { return v[0] + v[1]; }, inputs);
    out.add(
        "sub", [](Vars v) { return v[0] - v[1]; }, inputs);
    out.add(
        "mul", [](Vars v) { return v[0] * v[1]; }, inputs);
    out.add(
        "div", [](Vars v) { return v[0] / v[1]; }, inputs);
    out.add(
        "sub swapped", [](Vars v) { return v[1] - v[0]; }, inputs);
  }
  const std::vector<Tensor> x{uniform({2, 3}, Scalar(0.5), 2)};
  out.add(
      "add number", [](Vars v) { return v[0] + 3; }, x);
  out.add(
      "sub from number", [](Vars v) { return 3 - v[0]; }, x);
  out.add(
      "sub and mul number", [](Vars v) { return (v[0] - 3) * Scalar(-1.5); }, x);
  out.add(
      "div by number", [](Vars v) { return v[0] / 3; }, x);
  out.add(
      "reciprocal", [](Vars v) { return 3 / v[0]; }, x);
  out.add(
      "neg, used twice", [](Vars v) { return -v[0] * v[0]; }, x);
}

void activations(Examples& out) {
  const std::vector<Tensor> x{Tensor::from({2, 4}, {Scalar(-1.5), -1, 0, Scalar(0.3), 1, 2, -7, 9})};
  const std::vector<Tensor> positive{uniform({2, 3}, Scalar(0.2), 3)};
  const std::vector<Tensor> off_kinks{Tensor::from({2, 2}, {Scalar(-1.5), Scalar(-0.4), Scalar(0.6), 2})};
  out.add(
      "relu, off its kink", [](Vars v) { return relu(v[0]); }, off_kinks);
  out.add(
      "leaky_relu, off its kink", [](Vars v) { return leaky_relu(v[0]); }, off_kinks);
  out.add(
      "clamp, off its kinks", [](Vars v) { return clamp(v[0], -1, 1); }, off_kinks);
  out.add(
      "relu", [](Vars v) { return relu(v[0]); }, x);
  out.add(
      "leaky_relu", [](Vars v) { return leaky_relu(v[0], Scalar(0.2)); }, x);
  out.add(
      "gelu", [](Vars v) { return gelu(v[0]); }, x);
  out.add(
      "silu", [](Vars v) { return silu(v[0]); }, x);
  out.add(
      "sigmoid", [](Vars v) { return sigmoid(v[0]); }, x);
  out.add(
      "tanh", [](Vars v) { return tanh(v[0]); }, x);
  out.add(
      "exp", [](Vars v) { return exp(v[0]); }, x);
  out.add(
      "abs", [](Vars v) { return abs(v[0]); }, x);
  out.add(
      "clamp", [](Vars v) { return clamp(v[0], Scalar(-1), Scalar(0.3)); }, x);
  out.add(
      "pow 3", [](Vars v) { return pow(v[0], 3); }, x);
  out.add(
      "pow 0", [](Vars v) { return pow(v[0], 0); }, x);
  out.add(
      "pow -0.5", [](Vars v) { return pow(v[0], Scalar(-0.5)); }, positive);
  out.add(
      "log", [](Vars v) { return log(v[0]); }, positive);
  out.add(
      "sqrt", [](Vars v) { return sqrt(v[0]); }, positive);
  out.add("dropout", [](Vars v) { return dropout(relu(v[0]), 0.4); }, {uniform({7, 5})});
}

void products(Examples& out) {
  const OpExample::Function f = [](Vars v) { return matmul(v[0], v[1]); };
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{2, 3}, {3, 4}}, {{3}, {3}},          {{3}, {2, 3, 4}},          {{3}, {3, 4}},
      {{2, 4, 3}, {3}}, {{2, 4, 3}, {3, 2}}, {{2, 1, 2, 3}, {4, 3, 2}}, {{4, 2, 3}, {2, 1, 3, 2}}};
  for (const auto& [a, b] : pairs) out.add("matmul", f, {uniform(a), uniform(b, -1, 1, 1)});
  out.add("matmul of itself", [](Vars v) { return matmul(v[0], v[0]); }, {uniform({3, 3})});
  const Tensor weight = uniform({2, 3}, -1, 1, 1), bias = uniform({2}, -1, 1, 2);
  const OpExample::Function with_bias = [](Vars v) { return linear(v[0], v[1], v[2]); };
  out.add("linear", with_bias, {uniform({4, 3}), weight, bias});
  out.add("linear of [2,4,3]", with_bias, {uniform({2, 4, 3}), weight, bias});
  out.add("linear of a row", [](Vars v) { return linear(v[0], v[1]); }, {uniform({3}), weight});
}

void convolutions(Examples& out) {
  const Tensor x = uniform({2, 4, 6, 5}), weight = uniform({6, 2, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  const Conv2dOptions all{.stride = {2, 3}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}, .groups = 2};
  out.add("conv2d, groups", [](Vars v) { return conv2d(v[0], v[1], v[2], {.groups = 2}); },
          {x, weight, bias});
  out.add("conv2d, every option", [=](Vars v) { return conv2d(v[0], v[1], v[2], all); }, {x, weight, bias});
  out.add("conv2d, padding", [](Vars v) { return conv2d(v[0], v[1], {}, {.padding = 1}); },
          {uniform({1, 2, 8, 8}), uniform({2, 2, 3, 3}, -1, 1, 1)});
  out.add("conv2d, stride", [](Vars v) { return conv2d(v[0], v[1], {}, {.stride = 5}); },
          {uniform({1, 2, 11, 11}), uniform({2, 2, 3, 3}, -1, 1, 1)});
  out.add("conv2d, one tap", [](Vars v) { return conv2d(v[0], v[1], {}, {.stride = 2, .padding = 1}); },
          {uniform({1, 2, 4, 4}), uniform({2, 2, 1, 1}, -1, 1, 1)});
  const Tensor pixels = uniform({2, 3, 4, 3}), channels = uniform({5}, -1, 1, 2);
  out.add("conv1x1", [](Vars v) { return conv1x1(v[0], v[1], v[2]); },
          {pixels, uniform({5, 3}, -1, 1, 1), channels});
  out.add("conv1x1 of four dimensions", [](Vars v) { return conv1x1(v[0], v[1]); },
          {pixels, uniform({5, 3, 1, 1}, -1, 1, 1)});
  const Tensor small = uniform({2, 4, 3, 4}), spread = uniform({4, 3, 3, 2}, -1, 1, 1);
  const ConvTranspose2dOptions transposed{
      .stride = {2, 3}, .padding = {1, 0, 2, 1}, .groups = 2, .output_padding = {1, 2}};
  out.add("conv_transpose2d, every option",
          [=](Vars v) { return conv_transpose2d(v[0], v[1], v[2], transposed); },
          {small, spread, uniform({6}, -1, 1, 2)});
  out.add("conv_transpose2d", [](Vars v) { return conv_transpose2d(v[0], v[1], {}, {.dilation = 2}); },
          {small, spread});
}

void pooling(Examples& out) {
  const std::vector<Tensor> x{uniform({2, 2, 6, 7})};
  const MaxPool2dOptions every{
      .stride = {1, 2}, .padding = {1, 0, 0, 1}, .dilation = {2, 1}, .ceil_mode = true};
  out.add(
      "max_pool2d", [](Vars v) { return max_pool2d(v[0], 2); }, x);
  out.add(
      "max_pool2d, every option",
      [=](Vars v) {
        return max_pool2d(v[0], {3, 2}, every);
      },
      x);
  out.add(
      "max_pool2d, beyond the end by the kernel",
      [](Vars v) {
        return max_pool2d(v[0], 2, {.stride = 3, .padding = {1, 0, 0, 0}, .dilation = 5, .ceil_mode = true});
      },
      x);
  out.add(
      "max_pool2d, beyond the end of columns by the kernel",
      [](Vars v) {
        return max_pool2d(v[0], {2, 3},
                          {.stride = 3, .padding = {1, 0, 0, 1}, .dilation = {5, 1}, .ceil_mode = true});
      },
      x);
  out.add("max_pool2d of equals", [](Vars v) { return max_pool2d(v[0], 2, {.stride = 1}); },
          {Tensor::from({1, 1, 2, 4}, {1, 3, 2, 2, 3, 0, 2, 2})});
  out.add(
      "avg_pool2d",
      [](Vars v) {
        return avg_pool2d(v[0], {2, 3});
      },
      x);
  for (const bool counts : {false, true}) {
    const AvgPool2dOptions options{.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = counts};
    out.add(
        "avg_pool2d, every option", [=](Vars v) { return avg_pool2d(v[0], 3, options); }, x);
  }
  out.add(
      "global_avg_pool2d", [](Vars v) { return global_avg_pool2d(v[0]); }, x);
}

void normalizations(Examples& out) {
  const Tensor x = uniform({3, 2, 2, 3}), flat = uniform({5, 2}, -1, 1, 1);
  const Tensor weight = uniform({2}, Scalar(0.5), 2, 2), bias = uniform({2}, -1, 1, 3);
  const BatchNorm2dState eval{.running_mean = uniform({2}, -1, 1, 4),
                              .running_var = uniform({2}, Scalar(0.5), 2, 5),
                              .training = false};
  const OpExample::Function train = [](Vars v) { return batch_norm2d(v[0], v[1], v[2]); };
  out.add("batch_norm2d", train, {x, weight, bias});
  out.add("batch_norm2d of [5,2]", train, {flat, weight, bias});
  out.add("batch_norm2d of two", train, {uniform({2, 2}), weight, bias});  // dx is all but 0
  out.add("batch_norm2d alone", [](Vars v) { return batch_norm2d(v[0], {}, {}); }, {x});
  out.add("batch_norm2d, no bias", [](Vars v) { return batch_norm2d(v[0], v[1], {}); }, {x, weight});
  out.add("batch_norm2d, eval", [=](Vars v) { return batch_norm2d(v[0], v[1], v[2], eval); },
          {x, weight, bias});
  out.add("batch_norm2d alone, eval", [=](Vars v) { return batch_norm2d(v[0], {}, {}, eval); }, {flat});
  const Tensor rows = uniform({3, 2, 4}), w = uniform({4}, Scalar(0.5), 2, 1), b = uniform({4}, -1, 1, 2);
  const OpExample::Function affine = [](Vars v) { return layer_norm(v[0], v[1], v[2]); };
  out.add("layer_norm", affine, {rows, w, b});
  out.add("layer_norm, no bias", [](Vars v) { return layer_norm(v[0], v[1]); }, {rows, w});
  out.add("layer_norm, eps", [](Vars v) { return layer_norm(v[0], v[1], {}, {.eps = 0.1}); },
          {rows, uniform({2, 4}, Scalar(0.5), 2, 3)});
  out.add("layer_norm of a row", affine, {uniform({4}), w, b});
}

void reductions(Examples& out) {
  const std::vector<Tensor> x{uniform({2, 3, 4})};
  out.add(
      "sum", [](Vars v) { return sum(v[0]); }, x);
  out.add(
      "mean", [](Vars v) { return mean(v[0]); }, x);
  out.add(
      "max", [](Vars v) { return max(v[0]); }, x);
  for (const Dims& dims : {Dims(0), Dims(1), Dims(-1), Dims{0, 2}, Dims{1, 2}}) {
    for (const bool keepdim : {false, true}) {
      out.add(
          "sum over dims", [=](Vars v) { return sum(v[0], dims, {keepdim}); }, x);
      out.add(
          "mean over dims", [=](Vars v) { return mean(v[0], dims, {keepdim}); }, x);
      out.add(
          "max over dims", [=](Vars v) { return max(v[0], dims, {keepdim}); }, x);
    }
  }
  out.add("max of equals", [](Vars v) { return max(v[0], 1); }, {Tensor::from({2, 3}, {1, 5, 5, 2, 2, 2})});
  out.add("sum of nothing", [](Vars v) { return sum(v[0], 1); }, {Tensor::zeros({3, 0})});
  const std::vector<Tensor> confident{Tensor::from({2, 3}, {20, 0, 1, -30, 2, 5})};
  for (const Index dim : {0, 1, 2}) {
    out.add(
        "softmax", [=](Vars v) { return softmax(v[0], dim); }, x);
    out.add(
        "log_softmax", [=](Vars v) { return log_softmax(v[0], dim); }, x);
  }
  out.add(
      "softmax that is sure", [](Vars v) { return softmax(v[0]); }, confident);
  out.add(
      "log_softmax that is sure", [](Vars v) { return log_softmax(v[0]); }, confident);
}

void shapes(Examples& out) {
  const Tensor x = uniform({2, 3, 4}), a = uniform({2, 3, 2}), b = uniform({2, 1, 2}, -1, 1, 1);
  out.add("reshape", [](Vars v) { return reshape(v[0], {4, 6}); }, {x});
  out.add("flatten", [](Vars v) { return flatten(v[0]); }, {x});
  out.add("transpose", [](Vars v) { return transpose(v[0], 0, -1); }, {x});
  out.add("permute", [](Vars v) { return permute(v[0], {1, 2, 0}); }, {x});
  out.add("reshape of a number", [](Vars v) { return reshape(v[0], {1, 1}); }, {Tensor::full({}, 3)});
  out.add("concat", [](Vars v) { return concat({v[0], v[1], v[0]}, 1); }, {a, b});
  out.add("concat with nothing",
          [](Vars v) {
            return concat({v[0], v[1]}, -2);
          },
          {Tensor::zeros({2, 0, 2}), b});
  out.add("stack", [](Vars v) { return stack({v[0], v[1]}, 1); }, {a, uniform({2, 3, 2}, -1, 1, 2)});
  out.add("stack of itself", [](Vars v) { return stack({v[0], v[0]}, -1); }, {a});
  out.add("slice, step", [](Vars v) { return slice(v[0], 1, {0, 3, 2}); }, {a});
  out.add("slice", [](Vars v) { return slice(v[0], -2, {1, 3}); }, {a});
  out.add("slice from the end", [](Vars v) { return slice(v[0], 0, {-1, 2}); }, {a});
  out.add("pad2d", [](Vars v) { return pad2d(v[0], {1, 0, 2, 1}, 3); }, {uniform({2, 2, 3, 2})});
}

void losses(Examples& out) {
  const Tensor x = uniform({4, 5}, -2, 2), y = uniform({4, 5}, -2, 2, 1), p = uniform({4, 5}, 0, 1, 2);
  const Tensor sure = Tensor::from({2, 2}, {12, 0, 0, 40});
  const std::vector<int> labels{0, 4, 2, 2};
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    out.add("mse_loss", [=](Vars v) { return mse_loss(v[0], v[1], {reduction}); }, {x, y});
    out.add("l1_loss", [=](Vars v) { return l1_loss(v[0], v[1], {reduction}); }, {x, y});
    out.add("bce_with_logits", [=](Vars v) { return bce_with_logits(v[0], y, {reduction}); }, {x});
    out.add("cross_entropy", [=](Vars v) { return cross_entropy(v[0], labels, {0, reduction}); }, {x});
    out.add("cross_entropy, smoothed",
            [=](Vars v) {
              return cross_entropy(v[0], labels, {0.3, reduction});
            },
            {x});
    out.add("cross_entropy of probabilities",
            [=](Vars v) {
              return cross_entropy(v[0], p, {0, reduction});
            },
            {x});
    out.add("cross_entropy of both", [=](Vars v) { return cross_entropy(v[0], p, {0.3, reduction}); }, {x});
    out.add("cross_entropy that is sure",
            [=](Vars v) {
              return cross_entropy(v[0], {0, 1}, {0, reduction});
            },
            {sure});
    out.add("nll_loss", [=](Vars v) { return nll_loss(v[0], labels, {reduction}); }, {x});
  }
}

// Of every op that has none above: the first of PyTorch's cases.
void goldens(Examples& out) {
  constexpr int kCases = 3;
  std::map<std::string, int> left;
  const auto op_of = [](const std::string& name) { return name.substr(0, name.find_first_of(", ")); };
  for (const auto& [op, function] : reel_test::golden_ops()) left[op] = kCases;
  for (const OpExample& example : out.all) left[op_of(example.name)] = 0;
  for (const char* file : {"ops", "convolutions"}) {
    for (const reel_test::GoldenCase& golden : reel_test::read_goldens(file)) {
      if (left[golden.op]-- <= 0) continue;
      const OpExample::Function f = [golden](Vars v) {
        return reel_test::golden_ops().at(golden.op)(golden, {v.begin(), v.end()});
      };
      out.add(golden.op, f, golden.inputs());
    }
  }
}

}  // namespace

namespace reel_test::inline REEL_PRECISION {

std::vector<OpExample> op_examples() {
  Examples examples;
  for (const auto family : {arithmetic, activations, products, convolutions, pooling, normalizations,
                            reductions, shapes, losses, goldens}) {
    family(examples);
  }
  return examples.all;
}

reel::inspect::Trace traced(const OpExample& example, reel::Tape& tape) {
  std::vector<reel::Var> variables;
  for (const reel::Tensor& input : example.inputs) {
    variables.push_back(tape.variable(input).named("abcd"[variables.size()] + std::string("_in")));
  }
  const reel::Var y = example.f(variables).named("y");
  const reel::Var loss = y.numel() == 1 ? y : mse_loss(y, uniform(y.shape(), -1, 1, 99)).named("loss");
  return {tape, loss};
}

}  // namespace reel_test::inline REEL_PRECISION
