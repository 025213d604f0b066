// Writes networks and ops as ONNX files, each beside inputs and what Reel makes of them, for run.mjs.
//   write_onnx FOLDER
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/reel.h>

#include "bench/networks.h"
#include "cifar10/networks.h"
#include "common/digit_models.h"
#include "op_examples.h"
#include "uniform.h"

using namespace reel;
using nlohmann::json;

namespace {

using Forward = std::function<std::vector<Var>(std::span<const Var>)>;

json shown(const Tensor& tensor) {
  return {{"dims", std::vector<Index>(tensor.shape().begin(), tensor.shape().end())},
          {"data", std::vector<float>(tensor.values().begin(), tensor.values().end())}};
}

class Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}

  // Runs of one input each.
  void network(const std::string& name, Module& net, const std::vector<Tensor>& inputs) {
    export_onnx(net, inputs.at(0), path_of(name, ".onnx"));
    write_runs(name, net, inputs);
  }

  // Runs of all inputs each.
  void network(const std::string& name, ModuleBase& net, const Forward& forward,
               const std::vector<std::vector<Tensor>>& runs) {
    export_onnx(net, runs.at(0), forward, path_of(name, ".onnx"));
    write_runs(name, net, forward, runs);
  }

  void op(const reel_test::OpExample& example) {
    Op net(example);
    const Tensor& x = example.inputs.at(0);
    json refused;
    try {
      export_onnx(net, x, path_of(example.name, ".onnx"), {.batch = x.size(0)});
    } catch (const Error& error) {
      write(example.name, {{"name", example.name}, {"refused", error.what()}});
      return;
    }
    write_runs(example.name, net, {x});
  }

 private:
  // A network of one op, whose other inputs are parameters.
  struct Op : Module {
    explicit Op(const reel_test::OpExample& of) : example(of) {
      for (std::size_t i = 1; i < of.inputs.size(); i++)
        others.push_back(&add_parameter("input" + std::to_string(i), of.inputs[i].clone()));
    }
    Var forward(Var x) override {
      std::vector<Var> inputs{x};
      for (Parameter* other : others) inputs.push_back(x.tape().parameter(*other));
      return example.f(inputs);
    }
    const reel_test::OpExample& example;
    std::vector<Parameter*> others;
  };

  std::string path_of(const std::string& name, const std::string& extension) const {
    std::string file = name;
    for (char& c : file)
      if (c == '/' || c == ' ') c = '_';
    return folder_ + "/" + file + extension;
  }

  void write_runs(const std::string& name, Module& net, const std::vector<Tensor>& inputs) const {
    std::vector<std::vector<Tensor>> runs;
    for (const Tensor& input : inputs) runs.push_back({input});
    write_runs(
        name, net, [&](std::span<const Var> x) { return std::vector{net(x[0])}; }, runs);
  }

  void write_runs(const std::string& name, ModuleBase& net, const Forward& forward,
                  const std::vector<std::vector<Tensor>>& runs) const {
    const EvalMode eval(net);
    json lines = json::array();
    for (const std::vector<Tensor>& run : runs) {
      Tape tape{{.record = false}};
      json inputs = json::array(), outputs = json::array();
      std::vector<Var> vars;
      for (const Tensor& input : run) {
        vars.push_back(tape.input(input));
        inputs.push_back(shown(input));
      }
      for (const Var& output : forward(vars)) outputs.push_back(shown(output.value()));
      lines.push_back({{"inputs", inputs}, {"outputs", outputs}});
    }
    write(name, {{"name", name}, {"runs", lines}});
  }

  void write(const std::string& name, const json& line) const {
    std::ofstream(path_of(name, ".json")) << line;
  }

  std::string folder_;
};

// Batches of 1 and 3 samples of random numbers. Before, a step of training gives batch norms statistics of their own.
std::vector<Tensor> random_inputs(Module& net, const Shape& sample) {
  Tape tape;
  net(tape.input(Tensor::randn(sample.with(0, 8))));
  return {Tensor::randn(sample.with(0, 1)), Tensor::randn(sample.with(0, 3))};
}

void write_networks(Writer& writer) {
  const GeneratedDigits digits{4, 1};
  for (const std::string name : {"lenet", "cnn", "mlp"}) {
    const auto net = apps::make_digit_model(name);
    std::vector<Tensor> inputs = random_inputs(*net, {1, 1, 28, 28});
    for (const auto& [images, labels] : Loader(digits, {.batch = 4})) inputs.push_back(images);
    writer.network("digits " + name, *net, inputs);
  }
  for (const std::string& name : apps::network_names()) {
    const auto net = apps::make_network(name);
    writer.network("cifar10 " + name, *net, random_inputs(*net, {1, 3, 32, 32}));
  }
  for (const apps::Network& network : apps::networks()) {
    const auto net = network.make();
    writer.network("bench " + network.name, *net,
                   random_inputs(*net, {1, network.channels, network.side, network.side}));
  }
}

// An LSTM by hand over rows of pixels: its first state is as many rows of zeros as there are samples.
struct RowsLstm : Module {
  Linear& gates = add("gates", Linear{8 + 5, 4 * 5});
  Linear& classifier = add("classifier", Linear{5, 3});

  Var forward(Var x) override {  // [N,6,8]
    Var h = x.tape().input(Tensor::zeros({x.size(0), 5})), c = h;
    for (Index t = 0; t < x.size(1); t++) {
      const auto gate = chunk(gates(concat({{select(x, 1, t), h}}, 1)), 4, 1);
      c = sigmoid(gate[1]) * c + sigmoid(gate[0]) * tanh(gate[2]);
      h = sigmoid(gate[3]) * tanh(c);
    }
    return classifier(h);
  }
};

struct Words : Module {
  Embedding& embedding = add("embedding", Embedding{10, 4});
  Linear& classifier = add("classifier", Linear{4, 3});
  Var forward(Var x) override { return log_softmax(classifier(mean(embedding(x), 1))); }  // [N,7] of words
};

struct TwoInputs : ModuleOf<TwoInputs> {
  Conv2d& conv = add("conv", Conv2d{1, 4, 3});
  Linear& fc = add("fc", Linear{4 + 2, 3});
  std::pair<Var, Var> forward(Var image, Var metadata) {
    const Var features = flatten(global_avg_pool2d(silu(conv(image))));
    return {fc(concat({{features, metadata}}, 1)), features};
  }
};

// Ops of a program's own: one by its words, one by ONNX's.
struct OwnFunction : Op {
  std::string_view name() const override { return "squashed"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = inputs[0].clone();
    for (Scalar& v : y.mutable_values()) v = v > -1 && v < 1 ? v * v * slope : 1 / (1 + std::exp(-v));
    return y;
  }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = {{"slope", {slope}}},
            .function = FunctionText{"x^2 slope where -1 < x < 1, else s, s = 1 / (1 + exp(-x))", ""}};
  }
  Scalar slope = 0.5;
};
struct OwnOnnx : Op {
  std::string_view name() const override { return "doubled"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = inputs[0].clone();
    for (Scalar& v : y.mutable_values()) v *= 2;
    return y;
  }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.in_onnx = onnx::Operator{"Add", {onnx::Input{0}, onnx::Input{0}}}};
  }
};

void write_special(Writer& writer) {
  RowsLstm lstm;
  writer.network("an LSTM by hand", lstm, {Tensor::randn({1, 6, 8}), Tensor::randn({4, 6, 8})});
  Words words;
  writer.network("words", words, {Tensor::from({1, 7}, {0, 9, 3, 3, 1, 2, 5}), Tensor::full({2, 7}, 4)});
  TwoInputs two;
  const auto forward = [&](std::span<const Var> x) {
    const auto [logits, features] = two(x[0], x[1]);
    return std::vector{logits, features};
  };
  writer.network("two inputs", two, forward,
                 {{Tensor::randn({1, 1, 6, 6}), Tensor::randn({1, 2})},
                  {Tensor::randn({3, 1, 6, 6}), Tensor::randn({3, 2})}});
  Lambda own{[](Var x) {
    return x.tape().apply(std::make_unique<OwnOnnx>(),
                          {x.tape().apply(std::make_unique<OwnFunction>(), {x})});
  }};
  writer.network("ops of our own", own, {Tensor::from({1, 5}, {-3, -Scalar(0.9), 0, Scalar(0.5), 2})});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("write_onnx FOLDER\n", stderr), 2;
  try {
    std::filesystem::create_directories(argv[1]);
    seed(1);
    Writer writer(argv[1]);
    write_networks(writer);
    write_special(writer);
    for (const reel_test::OpExample& example : reel_test::op_examples()) {
      if (!example.inputs.empty() && example.inputs[0].dim() > 0 && example.inputs[0].numel() > 0)
        writer.op(example);
    }
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
