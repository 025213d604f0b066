// Writes a step through each op, as the page gets it, and what the library says of every number in it: a JSON
// object a line, for engine.test.mjs. write_ops FILE
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/core/inspect/page/page_data.h>
#include <reel/core/inspect/terminal/receptive_field.h>
#include <reel/reel.h>

#include "conv_lesson.h"
#include "field_nets.h"
#include "lenet_step.h"
#include "uniform.h"

using namespace reel;
using nlohmann::json;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;
using Function = std::function<Var(Vars)>;

constexpr Index kAll = Index{1} << 30;  // no tensor is cropped

// [place, formula, loop, number of terms, notes, magnitude] of each element of what an event made; null without.
json explained(const inspect::Trace& trace, std::size_t event) {
  json elements = json::array();
  for (Index i = 0; i < trace.made(event).numel(); i++) {
    std::string notes;
    const auto e = trace.explain(event, i, [&](const Term& term) { notes += std::string(term.note) + "|"; });
    if (!e) return nullptr;
    elements.push_back({e->place, e->formula, e->loop, e->terms, notes, e->magnitude});
  }
  return elements;
}

class Writer {
 public:
  explicit Writer(const std::string& path) : out_(path) {}

  // The page's data alone, of a step that is too large to compare every word of.
  void add_step(const std::string& name, const inspect::Trace& trace) {
    out_ << json{{"name", name}, {"data", page_data(trace, name, kAll)}}.dump() << '\n';
  }

  // What the terminal says of the receptive fields of a network's output.
  void add_fields(const reel_test::FieldNet& net) {
    Tape tape;
    const Var y = net.f(tape.variable(uniform({1, 2, 9, 8})).named("x"));
    const inspect::Trace trace(tape, mean(y));
    json fields = json::array();
    for (Index i = 0; i < y.numel(); i++)
      fields.push_back(receptive_field(trace, y.index(), i).data["fields"]);
    out_ << json{{"name", net.name},
                 {"data", page_data(trace, net.name, kAll)},
                 {"of", y.index()},
                 {"fields", fields}}
                .dump()
         << '\n';
  }

  // f of variables. Where it gives more than one number, the loss is their mean squared error against fixed
  // random ones.
  void add(const std::string& name, const Function& f, const std::vector<Tensor>& inputs) {
    Tape tape;
    std::vector<Var> variables;
    for (const Tensor& input : inputs) {
      variables.push_back(tape.variable(input).named("abcd"[variables.size()] + std::string("_in")));
    }
    const Var y = f(variables).named("y");
    const Var loss = y.numel() == 1 ? y : mse_loss(y, uniform(y.shape(), -1, 1, 99)).named("loss");
    const inspect::Trace trace(tape, loss);
    json texts = json::array();
    for (std::size_t event = 0; event < trace.events().size(); event++)
      texts.push_back(explained(trace, event));
    out_ << json{{"name", name}, {"data", page_data(trace, name, kAll)}, {"texts", std::move(texts)}}.dump()
         << '\n';
  }

  bool finish() { return static_cast<bool>(out_.flush()); }

 private:
  std::ofstream out_;
};

void arithmetic(Writer& out) {
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

void activations(Writer& out) {
  const std::vector<Tensor> x{Tensor::from({2, 4}, {Scalar(-1.5), -1, 0, Scalar(0.3), 1, 2, -7, 9})};
  const std::vector<Tensor> positive{uniform({2, 3}, Scalar(0.2), 3)};
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

void products(Writer& out) {
  const Function f = [](Vars v) { return matmul(v[0], v[1]); };
  const std::vector<std::pair<Shape, Shape>> pairs{
      {{2, 3}, {3, 4}}, {{3}, {3}},          {{3}, {2, 3, 4}},          {{3}, {3, 4}},
      {{2, 4, 3}, {3}}, {{2, 4, 3}, {3, 2}}, {{2, 1, 2, 3}, {4, 3, 2}}, {{4, 2, 3}, {2, 1, 3, 2}}};
  for (const auto& [a, b] : pairs) out.add("matmul", f, {uniform(a), uniform(b, -1, 1, 1)});
  out.add("matmul of itself", [](Vars v) { return matmul(v[0], v[0]); }, {uniform({3, 3})});
  const Tensor weight = uniform({2, 3}, -1, 1, 1), bias = uniform({2}, -1, 1, 2);
  const Function with_bias = [](Vars v) { return linear(v[0], v[1], v[2]); };
  out.add("linear", with_bias, {uniform({4, 3}), weight, bias});
  out.add("linear of [2,4,3]", with_bias, {uniform({2, 4, 3}), weight, bias});
  out.add("linear of a row", [](Vars v) { return linear(v[0], v[1]); }, {uniform({3}), weight});
}

void convolutions(Writer& out) {
  const Tensor x = uniform({2, 4, 6, 5}), weight = uniform({6, 2, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  const Conv2dParams all{.stride = {2, 3}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}, .groups = 2};
  out.add("conv2d, groups", [](Vars v) { return conv2d(v[0], v[1], v[2], {.groups = 2}); },
          {x, weight, bias});
  out.add("conv2d, every option", [&](Vars v) { return conv2d(v[0], v[1], v[2], all); }, {x, weight, bias});
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
  const ConvTranspose2dParams transposed{
      .stride = {2, 3}, .padding = {1, 0, 2, 1}, .groups = 2, .output_padding = {1, 2}};
  out.add("conv_transpose2d, every option",
          [&](Vars v) { return conv_transpose2d(v[0], v[1], v[2], transposed); },
          {small, spread, uniform({6}, -1, 1, 2)});
  out.add("conv_transpose2d", [](Vars v) { return conv_transpose2d(v[0], v[1], {}, {.dilation = 2}); },
          {small, spread});
}

void pooling(Writer& out) {
  const std::vector<Tensor> x{uniform({2, 2, 6, 7})};
  const MaxPool2dParams every{
      .stride = {1, 2}, .padding = {1, 0, 0, 1}, .dilation = {2, 1}, .ceil_mode = true};
  out.add(
      "max_pool2d", [](Vars v) { return max_pool2d(v[0], 2); }, x);
  out.add(
      "max_pool2d, every option",
      [&](Vars v) {
        return max_pool2d(v[0], {3, 2}, every);
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
    const AvgPool2dParams params{.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = counts};
    out.add(
        "avg_pool2d, every option", [&](Vars v) { return avg_pool2d(v[0], 3, params); }, x);
  }
  out.add(
      "global_avg_pool2d", [](Vars v) { return global_avg_pool2d(v[0]); }, x);
}

void normalizations(Writer& out) {
  const Tensor x = uniform({3, 2, 2, 3}), flat = uniform({5, 2}, -1, 1, 1);
  const Tensor weight = uniform({2}, Scalar(0.5), 2, 2), bias = uniform({2}, -1, 1, 3);
  const BatchNorm2dParams eval{.running_mean = uniform({2}, -1, 1, 4),
                               .running_var = uniform({2}, Scalar(0.5), 2, 5),
                               .training = false};
  const Function train = [](Vars v) { return batch_norm2d(v[0], v[1], v[2]); };
  out.add("batch_norm2d", train, {x, weight, bias});
  out.add("batch_norm2d of [5,2]", train, {flat, weight, bias});
  out.add("batch_norm2d of two", train, {uniform({2, 2}), weight, bias});  // dx is all but 0
  out.add("batch_norm2d alone", [](Vars v) { return batch_norm2d(v[0], {}, {}); }, {x});
  out.add("batch_norm2d, no bias", [](Vars v) { return batch_norm2d(v[0], v[1], {}); }, {x, weight});
  out.add("batch_norm2d, eval", [&](Vars v) { return batch_norm2d(v[0], v[1], v[2], eval); },
          {x, weight, bias});
  out.add("batch_norm2d alone, eval", [&](Vars v) { return batch_norm2d(v[0], {}, {}, eval); }, {flat});
  const Tensor rows = uniform({3, 2, 4}), w = uniform({4}, Scalar(0.5), 2, 1), b = uniform({4}, -1, 1, 2);
  const Function affine = [](Vars v) { return layer_norm(v[0], v[1], v[2]); };
  out.add("layer_norm", affine, {rows, w, b});
  out.add("layer_norm, no bias", [](Vars v) { return layer_norm(v[0], v[1]); }, {rows, w});
  out.add("layer_norm, eps", [](Vars v) { return layer_norm(v[0], v[1], {}, {.eps = 0.1}); },
          {rows, uniform({2, 4}, Scalar(0.5), 2, 3)});
  out.add("layer_norm of a row", affine, {uniform({4}), w, b});
}

void reductions(Writer& out) {
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
          "sum over dims", [&](Vars v) { return sum(v[0], dims, {keepdim}); }, x);
      out.add(
          "mean over dims", [&](Vars v) { return mean(v[0], dims, {keepdim}); }, x);
      out.add(
          "max over dims", [&](Vars v) { return max(v[0], dims, {keepdim}); }, x);
    }
  }
  out.add("max of equals", [](Vars v) { return max(v[0], 1); }, {Tensor::from({2, 3}, {1, 5, 5, 2, 2, 2})});
  out.add("sum of nothing", [](Vars v) { return sum(v[0], 1); }, {Tensor::zeros({3, 0})});
  const std::vector<Tensor> confident{Tensor::from({2, 3}, {20, 0, 1, -30, 2, 5})};
  for (const Index dim : {0, 1, 2}) {
    out.add(
        "softmax", [&](Vars v) { return softmax(v[0], dim); }, x);
    out.add(
        "log_softmax", [&](Vars v) { return log_softmax(v[0], dim); }, x);
  }
  out.add(
      "softmax that is sure", [](Vars v) { return softmax(v[0]); }, confident);
  out.add(
      "log_softmax that is sure", [](Vars v) { return log_softmax(v[0]); }, confident);
}

void shapes(Writer& out) {
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

void losses(Writer& out) {
  const Tensor x = uniform({4, 5}, -2, 2), y = uniform({4, 5}, -2, 2, 1), p = uniform({4, 5}, 0, 1, 2);
  const Tensor sure = Tensor::from({2, 2}, {12, 0, 0, 40});
  const std::vector<int> labels{0, 4, 2, 2};
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    out.add("mse_loss", [&](Vars v) { return mse_loss(v[0], v[1], {reduction}); }, {x, y});
    out.add("l1_loss", [&](Vars v) { return l1_loss(v[0], v[1], {reduction}); }, {x, y});
    out.add("bce_with_logits", [&](Vars v) { return bce_with_logits(v[0], y, {reduction}); }, {x});
    out.add("cross_entropy", [&](Vars v) { return cross_entropy(v[0], labels, {0, reduction}); }, {x});
    out.add("cross_entropy, smoothed",
            [&](Vars v) {
              return cross_entropy(v[0], labels, {0.3, reduction});
            },
            {x});
    out.add("cross_entropy of probabilities",
            [&](Vars v) {
              return cross_entropy(v[0], p, {0, reduction});
            },
            {x});
    out.add("cross_entropy of both", [&](Vars v) { return cross_entropy(v[0], p, {0.3, reduction}); }, {x});
    out.add("cross_entropy that is sure",
            [&](Vars v) {
              return cross_entropy(v[0], {0, 1}, {0, reduction});
            },
            {sure});
    out.add("nll_loss", [&](Vars v) { return nll_loss(v[0], labels, {reduction}); }, {x});
  }
}

// Where an op holds back an infinity, multiplies it by 0 or makes a NaN.
void corners(Writer& out) {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Tensor dy = Tensor::from({5}, {1, -2, 0, infinity, NAN}), t = Tensor::full({5, 10}, Scalar(0.25));
  const std::vector<Scalar> numbers{0, Scalar(-0.0), 1, -1, infinity, -infinity, NAN, 1000, -1000, 2};
  Tensor x = Tensor::zeros({5, 10});
  for (Index i = 0; i < x.numel(); i++) x.set(i / 10, i % 10, numbers[static_cast<std::size_t>(i % 10)]);
  const std::vector<std::pair<std::string, Function>> functions{
      {"relu", [](Vars v) { return relu(v[0]); }},
      {"leaky_relu", [](Vars v) { return leaky_relu(v[0], Scalar(0.25)); }},
      {"gelu", [](Vars v) { return gelu(v[0]); }},
      {"silu", [](Vars v) { return silu(v[0]); }},
      {"sigmoid", [](Vars v) { return sigmoid(v[0]); }},
      {"tanh", [](Vars v) { return tanh(v[0]); }},
      {"exp", [](Vars v) { return exp(v[0]); }},
      {"log", [](Vars v) { return log(v[0]); }},
      {"sqrt", [](Vars v) { return sqrt(v[0]); }},
      {"pow 0.5", [](Vars v) { return pow(v[0], Scalar(0.5)); }},
      {"pow 0", [](Vars v) { return pow(v[0], 0); }},
      {"abs", [](Vars v) { return abs(v[0]); }},
      {"clamp", [](Vars v) { return clamp(v[0], -1, 1); }},
      {"dropout", [](Vars v) { return dropout(v[0], 0.5); }},
      {"mse_loss", [&](Vars v) { return mse_loss(v[0], t, {Reduction::kNone}); }},
      {"l1_loss", [&](Vars v) { return l1_loss(v[0], t, {Reduction::kNone}); }},
      {"bce_with_logits", [&](Vars v) { return bce_with_logits(v[0], t, {Reduction::kNone}); }},
      {"cross_entropy", [&](Vars v) { return cross_entropy(v[0], t, {.reduction = Reduction::kNone}); }}};
  for (const auto& [name, f] : functions) {
    Tape tape;
    const Var y = f(std::vector{tape.variable(x)});
    out.add_step(name + " at its corners",
                 inspect::Trace(tape, sum(y * tape.input(y.value().dim() == 1 ? dy : dy.reshape({5, 1})))));
  }
}

// Elements that were set in what an op computed: constants, of which the op gets no gradient.
void branches(Writer& out) {
  const reel_test::ConvLesson lesson;
  const inspect::Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = lesson.z.index();
  out.add_step("the lesson, z set", trace.with(z, 0, 10).with(z, 3, 0));
  Tape tape;
  const Var y = softmax(tape.variable(uniform({2, 4})).named("x")).named("y");
  const inspect::Trace chosen(tape, mse_loss(y, uniform({2, 4})));
  out.add_step("softmax, y set", chosen.with(y.index(), 1, Scalar(0.9)));
}

void fields(Writer& out) {
  for (const reel_test::FieldNet& net : reel_test::field_nets()) out.add_fields(net);
}

void lenet(Writer& out) {
  const reel_test::LeNetStep step;
  out.add_step("LeNet", inspect::Trace(step.tape, step.loss));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  Writer out(argv[1]);
  for (const auto family : {arithmetic, activations, products, convolutions, pooling, normalizations,
                            reductions, shapes, losses, branches, corners, fields, lenet}) {
    family(out);
  }
  const reel_test::ConvLesson lesson;
  out.add_step("the lesson", inspect::Trace(lesson.tape, lesson.loss));
  return out.finish() ? 0 : 1;
}
