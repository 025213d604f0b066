#include "network_ops.h"

#include <algorithm>

namespace reel::apps {
namespace {

Window window_of(const NodeInfo& node) {
  const bool slides = !node.reads.empty() && node.reads[0].kind == Reads::Kind::kWindow;
  return slides ? node.reads[0].window : Window{};
}

// Records one image, which is quicker than a batch, and puts the batch into the shapes.
std::vector<OpCall> ops_of(const Network& network) {
  const Index batch = network.batches.back();
  const auto batched = [=](const Shape& shape) { return shape.with(0, batch); };
  const auto net = network.make();
  const std::vector<int> labels{0};
  Tape tape({.keep_grads = true});  // so that no op waits to be fused with the next
  const Var images = tape.input(Tensor::randn({1, network.channels, network.side, network.side}));
  cross_entropy((*net)(images), labels);

  std::vector<OpCall> calls;
  for (const NodeInfo& node : tape.nodes()) {
    if (node.inputs.empty()) continue;  // a leaf
    const bool is_loss = node.var.dim() == 0;
    Shape weight;
    if (node.inputs.size() > 1) {
      const bool is_weight = node.reads[1].kind == Reads::Kind::kWeight;  // else images as well
      weight = is_weight ? node.inputs[1].shape() : batched(node.inputs[1].shape());
    }
    calls.push_back({.network = network.name,
                     .op = node.op,
                     .x = batched(node.inputs[0].shape()),
                     .weight = weight,
                     .y = is_loss ? Shape{} : batched(node.var.shape()),
                     .window = window_of(node),
                     .has_bias = node.inputs.size() > 2,
                     .reads_images = node.inputs[0].index() == images.index()});
  }
  return calls;
}

}  // namespace

std::vector<OpCall> network_ops() {
  std::vector<OpCall> distinct;
  for (const Network& network : networks()) {
    for (OpCall& call : ops_of(network)) {
      const auto known = [&](const OpCall& other) { return same_work(call, other); };
      if (std::none_of(distinct.begin(), distinct.end(), known)) distinct.push_back(std::move(call));
    }
  }
  return distinct;
}

}  // namespace reel::apps
