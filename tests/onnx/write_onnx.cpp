// Writes networks and ops as ONNX files, each beside inputs and what Reel makes of them, for run.mjs.
//   write_onnx FOLDER
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/reel.h>

#include "exported_networks.h"
#include "op_examples.h"

using namespace reel;
using nlohmann::json;

namespace {

using Forward = std::function<std::vector<Var>(std::span<const Var>)>;

// JSON has no word for numbers that are not finite: they are JavaScript's, as texts.
json shown(Scalar number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return static_cast<float>(number);
}

json shown(const Tensor& tensor) {
  json data = json::array();
  for (const Scalar number : tensor.values()) data.push_back(shown(number));
  return {{"dims", std::vector<Index>(tensor.shape().begin(), tensor.shape().end())}, {"data", data}};
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
    reel_test::OpNetwork net(example);
    const Tensor& x = example.inputs.at(0);
    if (x.dim() == 0) return;  // it is no batch
    try {
      export_onnx(net, x, path_of(example.name, ".onnx"), {.batch = x.size(0)});
    } catch (const Error& error) {
      write(example.name, {{"name", example.name}, {"refused", error.what()}});
      return;
    }
    write_runs(example.name, net, {x});
  }

 private:
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
    return {fc(concat({features, metadata}, 1)), features};
  }
};

// An op of a program's own by ONNX's words.
struct OwnOnnx : Op {
  std::string_view name() const override { return "doubled"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = inputs[0].clone();
    for (Scalar& v : y.mutable_values()) v *= 2;
    return y;
  }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.in_onnx = [] { return onnx::Operator{"Add", {onnx::Input{0}, onnx::Input{0}}}; }};
  }
};

void write_special(Writer& writer) {
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
                          {x.tape().apply(std::make_unique<reel_test::OwnFunction>(), {x})});
  }};
  Lambda logarithm{[](Var x) { return log(x); }};  // of -1 no number, of 0 an infinite one
  constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
  writer.network("numbers that are not finite", logarithm,
                 {Tensor::from({1, 6}, {-1, 0, 1, 2, kInfinity, std::numeric_limits<Scalar>::quiet_NaN()})});
  writer.network("ops of our own", own, {Tensor::from({1, 5}, {-3, -Scalar(0.9), 0, Scalar(0.5), 2})});
}

}  // namespace

int main(int argc, char** argv) {
  return reel_test::write_exported<Writer>("write_onnx", argc, argv, write_special);
}
