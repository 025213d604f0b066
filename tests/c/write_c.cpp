// Writes networks and ops as C headers, and inputs with what Reel makes of them as cases.h, for run.c.
//   write_c FOLDER
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <reel/reel.h>

#include "exported_networks.h"
#include "op_examples.h"

using namespace reel;

namespace {

// What has no form: losses, and what the training mode alone does.
constexpr std::array<std::string_view, 7> kRefused{
    "cross_entropy", "nll_loss", "dropout", "mse_loss", "l1_loss", "bce_with_logits", "batch_norm2d"};
// A compiler wants a second for some 400,000 numbers.
constexpr Index kMostParameters = 200'000;

std::string literal(Scalar number) {
  if (std::isnan(number)) return "NAN";
  if (std::isinf(number)) return number > 0 ? "INFINITY" : "-INFINITY";
  return fmt::format("{:#.9g}f", static_cast<float>(number));
}

std::string array(const std::string& name, const std::vector<Tensor>& tensors) {
  std::string text = fmt::format("static const float {}[] = {{", name);
  for (const Tensor& tensor : tensors) {
    for (const Scalar number : tensor.values()) text += literal(number) + ",\n";
  }
  return text + "};\n";
}

// A network of one op for a batch of one sample, which is all of its input.
struct OneSample : Module {
  OneSample(Module& op, const Shape& shape) : op_(op), shape_(shape.begin(), shape.end()) {}
  Var forward(Var x) override { return op_(reshape(x, shape_)); }

 private:
  Module& op_;
  std::vector<Index> shape_;
};

class Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}

  void network(const std::string& name, Module& net, const std::vector<Tensor>& inputs) {
    Index parameters = 0;
    for (const auto& [of, parameter] : net.named_parameters()) parameters += parameter->value.numel();
    if (parameters > kMostParameters) return;
    const std::string c = write(net, inputs[0].shape());
    std::vector<Tensor> samples;
    for (const Tensor& input : inputs) {
      for (Index n = 0; n < input.size(0); n++) samples.push_back(input.rows(n, n + 1));
    }
    text_ += fmt::format("#define {}_SELF_TEST\n", upper(c));
    add(name, c, net, samples, c + "_self_test");
  }

  void op(const reel_test::OpExample& example) {
    reel_test::OpNetwork op(example);
    const Tensor& x = example.inputs.at(0);
    OneSample net(op, x.shape());
    const std::vector<Index> all{1, x.numel()};
    try {
      add(example.name, write(net, Shape(all)), net, {x.reshape(all)}, "0");
    } catch (const Error& error) {
      refuse(example.name, error.what());
    }
  }

  void finish() const {
    std::ofstream(folder_ + "/cases.h")
        << text_ << "#define LARGEST " << largest_ << "\nstatic const struct Case cases[] = {\n"
        << cases_ << "};\n";
  }

 private:
  static std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }

  std::string write(Module& net, const Shape& sample) {
    const std::string c = fmt::format("c{}", count_);
    export_c(net, sample, fmt::format("{}/{}.h", folder_, c));
    count_++;
    return c;
  }

  void add(const std::string& name, const std::string& c, Module& net, const std::vector<Tensor>& samples,
           const std::string& self_test) {
    const EvalMode eval(net);
    std::vector<Tensor> outputs;
    for (const Tensor& sample : samples) {
      Tape tape{{.record = false}};
      outputs.push_back(net(tape.input(sample)).value());
    }
    text_ += fmt::format("#include \"{0}.h\"\n", c) + array(c + "_x", samples) + array(c + "_y", outputs);
    cases_ += fmt::format("{{\"{0}\", {1}, {2}, {1}_x, {1}_y, {3}, {4}, {5}}},\n", name, c, self_test,
                          samples[0].numel(), outputs[0].numel(), samples.size());
    largest_ = std::max(largest_, outputs[0].numel());
  }

  static void refuse(const std::string& name, std::string_view why) {
    const std::string op = name.substr(0, name.find_first_of(", "));
    const bool is_known = std::ranges::find(kRefused, op) != kRefused.end();
    if (!is_known || why.find("has no form in C") == why.npos)
      throw Error(fmt::format("{} is refused: {}", name, why));
  }

  std::string folder_, text_, cases_;
  int count_ = 0;
  Index largest_ = 0;
};

// Names that are no identifiers of C, and numbers that have no literal.
struct OddNames : Module {
  Parameter& w = add_parameter("max", Tensor::from({2}, {INFINITY, 1}));
  Parameter& b = add_parameter("*/ \xff\n#error", Tensor::from({2}, {-INFINITY, NAN}));
  Var forward(Var x) override { return x * x.tape().parameter(w) + x.tape().parameter(b); }
};

// What is normalised after it has other shapes, and more weights than samples; of channels as many as pixels, too.
struct Norms : Module {
  explicit Norms(Index side)
      : group(add("group", GroupNorm{2, 4})),
        layer(add("layer", LayerNorm{{4, side, side}})),
        instance(add("instance", InstanceNorm2d{4, {.affine = true}})) {
    for (Parameter* parameter : parameters())
      parameter->value.copy_from(Tensor::randn(parameter->value.shape()));
  }
  GroupNorm& group;
  LayerNorm& layer;
  InstanceNorm2d& instance;
  Var forward(Var x) override { return instance(relu(layer(group(x))) + x); }
};

// The numbers of x [5] in reverse order on the diagonal of y [6,6], and one beyond them, which is 0.
struct Diagonal : Op {
  std::string_view name() const override { return "diagonal"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::zeros({6, 6});
    for (Index i = 0; i < 5; i++) y.set(i, i, inputs[0].at(4 - i));
    return y;
  }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    Formula f;
    const auto i = f.loop("i", 6);
    f.add({i, i}, {{0, {Index{-1} * formula::Affine(i) + 4}}});
    return {.formula = f};
  }
};

// y [8]: x [5], and x again from 3 on.
struct Overlap : Op {
  std::string_view name() const override { return "overlap"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::zeros({8});
    for (Index i = 0; i < 5; i++) y.set(i, y.at(i) + inputs[0].at(i));
    for (Index i = 0; i < 5; i++) y.set(i + 3, y.at(i + 3) + inputs[0].at(i));
    return y;
  }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    Formula f;
    const auto i = f.loop("i", 5);
    f.add({i}, {{0, {i}}});
    f.add({formula::Affine(i) + 3}, {{0, {i}}});
    return {.formula = f};
  }
};

void write_special(Writer& writer) {
  const std::vector<Tensor> inputs{Tensor::from({1, 5}, {-3, -Scalar(0.9), 0, Scalar(0.5), 2})};
  const std::vector<std::pair<std::string, std::function<Var(Var)>>> functions{
      {"an op of our own",
       [](Var x) { return x.tape().apply(std::make_unique<reel_test::OwnFunction>(), {x}); }},
      {"a formula of our own",
       [](Var x) { return x.tape().apply(std::make_unique<Diagonal>(), {reshape(x, {5})}); }},
      {"a formula with an overlap",
       [](Var x) { return x.tape().apply(std::make_unique<Overlap>(), {reshape(x, {5})}); }},
      {"nothing", [](Var x) { return x; }},
      {"a shape",
       [](Var x) {
         return reshape(x, {5, 1});
       }},
      {"a constant", [](Var x) { return x.tape().input(Tensor::ones({2})); }},
      {"a sum of shapes",
       [](Var x) {
         return reshape(exp(x), {5, 1}) + exp(x);
       }},
      {"what is needed later", [](Var x) {
         const Var y = exp(x);
         return softmax(relu(y)) / y + log_softmax(y) * y;
       }}};
  for (const auto& [name, f] : functions) {
    Lambda net{f};
    writer.network(name, net, inputs);
  }
  OddNames odd;
  writer.network("odd names", odd, {Tensor::ones({1, 2})});
  for (const Index side : {2, 3}) {
    Norms norms(side);
    writer.network("norms", norms, {Tensor::randn({1, 4, side, side}), Tensor::randn({1, 4, side, side})});
  }
}

}  // namespace

int main(int argc, char** argv) {
  return reel_test::write_exported<Writer>("write_c", argc, argv, [](Writer& writer) {
    write_special(writer);
    writer.finish();
  });
}
