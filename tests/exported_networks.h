// The networks that are exported in tests, in whichever form.
#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/reel.h>

#include "bench/networks.h"
#include "cifar10/networks.h"
#include "common/digit_models.h"
#include "op_examples.h"

namespace reel_test {

using namespace reel;

/// A network of one op, whose other inputs are parameters.
struct OpNetwork : Module {
  explicit OpNetwork(const OpExample& of) : example(of) {
    for (std::size_t i = 1; i < of.inputs.size(); i++)
      others.push_back(&add_parameter("input" + std::to_string(i), of.inputs[i].clone()));
  }
  Var forward(Var x) override {
    std::vector<Var> inputs{x};
    for (Parameter* other : others) inputs.push_back(x.tape().parameter(*other));
    return example.f(inputs);
  }
  const OpExample& example;
  std::vector<Parameter*> others;
};

/// An LSTM by hand over rows of pixels: its first state is as many rows of zeros as there are samples.
struct RowsLstm : Module {
  Linear& gates = add("gates", Linear{8 + 5, 4 * 5});
  Linear& classifier = add("classifier", Linear{5, 3});

  Var forward(Var x) override {  // [N,6,8]
    Var h = x.tape().input(Tensor::zeros({x.size(0), 5})), c = h;
    for (Index t = 0; t < x.size(1); t++) {
      const auto gate = chunk(gates(concat({select(x, 1, t), h}, 1)), 4, 1);
      c = sigmoid(gate[1]) * c + sigmoid(gate[0]) * tanh(gate[2]);
      h = sigmoid(gate[3]) * tanh(c);
    }
    return classifier(h);
  }
};

/// An op of a program's own that says itself by its words.
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
/// Batches of 1 and 3 samples of random numbers. Before, a step of training gives batch norms statistics of their own.
inline std::vector<Tensor> random_inputs(Module& net, const Shape& sample) {
  Tape tape;
  net(tape.input(Tensor::randn(sample.with(0, 8))));
  return {Tensor::randn(sample.with(0, 1)), Tensor::randn(sample.with(0, 3))};
}

/// f(name, network, inputs), of which the first is one sample.
template <class F>
void for_each_exported(F&& f) {
  const GeneratedDigits digits{4, 1};
  for (const std::string name : {"lenet", "cnn", "mlp"}) {
    const auto net = apps::make_digit_model(name);
    std::vector<Tensor> inputs = random_inputs(*net, {1, 1, 28, 28});
    for (const auto& [images, labels] : Loader(digits, {.batch = 4})) inputs.push_back(images);
    f("digits " + name, *net, inputs);
  }
  for (const std::string& name : apps::network_names()) {
    const auto net = apps::make_network(name);
    f("cifar10 " + name, *net, random_inputs(*net, {1, 3, 32, 32}));
  }
  for (const apps::Network& network : apps::networks()) {
    const auto net = network.make();
    f("bench " + network.name, *net, random_inputs(*net, {1, network.channels, network.side, network.side}));
  }
  RowsLstm lstm;
  f("an LSTM by hand", lstm, std::vector{Tensor::randn({1, 6, 8}), Tensor::randn({4, 6, 8})});
}

/// The whole program NAME FOLDER: makes the folder anew, gives a writer for it all of these networks, and each op that
/// has an input of numbers, and then does the rest.
template <class Writer, class Rest>
int write_exported(const char* name, int argc, char** argv, Rest&& rest) {
  if (argc != 2) return std::fprintf(stderr, "%s FOLDER\n", name), 2;
  try {
    std::filesystem::remove_all(argv[1]);
    std::filesystem::create_directories(argv[1]);
    seed(1);
    Writer writer(argv[1]);
    for_each_exported([&](const std::string& network, Module& net, const std::vector<Tensor>& inputs) {
      writer.network(network, net, inputs);
    });
    int count = 0;  // several may have one name
    for (OpExample example : op_examples()) {
      example.name += " " + std::to_string(++count);
      if (!example.inputs.empty() && example.inputs[0].numel() > 0) writer.op(example);
    }
    rest(writer);
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
  return 0;
}

}  // namespace reel_test
