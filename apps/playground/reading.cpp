#include "playground/reading.h"

#include <utility>

namespace reel::playground {
namespace {

// Without the batch's dimension, which is 1.
Tensor first_of(const Tensor& batch) {
  const std::span<const Index> sizes = batch.shape().sizes().subspan(1);
  return batch.reshape(sizes);
}

Tensor filters_of(const Network& network, const std::string& part) {
  for (const auto& [name, parameter] : network.named_parameters()) {
    if (name == part + ".weight" && parameter->value.dim() == 4) return parameter->value;
  }
  return {};
}

}  // namespace

Reading read(Network& network, const Tensor& image) {
  const EvalMode eval(network);
  Tape tape;  // which keeps what each layer gives
  const Shape& shape = image.shape();
  const Var logits = network(tape.input(image.reshape({1, shape[0], shape[1], shape[2]})));
  Reading reading{first_of(softmax(logits).value()), {}};
  for (const NodeInfo& node : tape.nodes()) {
    if (node.inputs.empty() || node.scope.empty() || node.op == "flatten") continue;
    reading.layers.push_back(
        {node.scope, network.line_of(node.scope), first_of(node.value), filters_of(network, node.scope)});
  }
  return reading;
}

}  // namespace reel::playground
