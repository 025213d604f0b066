// Transfer learning: a ResNet-18 with the weights that PyTorch wrote, frozen but for a last layer of its own.
//
//   transfer_learning resnet18.safetensors        a state_dict of torchvision's; prints
// loaded; 0 missing, 0 unexpected
// trains 66 of 45168 numbers
// loss 0.7 -> 0.5
#include <exception>

#include <fmt/format.h>
#include <reel/reel.h>

#include "resnet18.h"

using namespace reel;

// Of two colours, red and blue.
Tensor images_of(std::span<const int> labels) {
  Tensor images = Tensor::rand({std::ssize(labels), 3, 64, 64}, 0, Scalar(0.5));
  for (Index n = 0; n < std::ssize(labels); n++) {
    const Index channel = labels[static_cast<std::size_t>(n)] == 0 ? 0 : 2;
    for (Index i = 0; i < 64 * 64; i++) images.set(n, channel, i / 64, i % 64, 1);
  }
  return images;
}

int main(int argc, char** argv) try {
  if (argc != 2) return fmt::print(stderr, "transfer_learning resnet18.safetensors\n"), 2;
  seed(1);
  const State weights = read_safetensors(argv[1]).state;  // how wide it is, and how many classes it knows
  examples::ResNet18 net(weights.tensors.at("conv1.weight").size(0), weights.tensors.at("fc.weight").size(0));
  const LoadReport report = load(net, argv[1], {.strict = false});
  fmt::print("loaded; {} missing, {} unexpected\n", report.missing.size(), report.unexpected.size());

  for (Parameter* parameter : net.parameters())
    parameter->trainable = false;  // PyTorch: requires_grad_(False)
  net.eval();                      // its batch norms keep the statistics that they came with
  struct Head : Module {
    explicit Head(Index features) : fc(add("fc", Linear{features, 2})) {}
    Linear& fc;
    Var forward(Var x) override { return fc(x); }
  } head(net.fc.weight.value.size(1));
  Adam adam{head.parameters(), {.lr = 0.3}};

  Index frozen = 0, trained = 0;
  for (const Parameter* parameter : net.parameters()) frozen += parameter->value.numel();
  for (const Parameter* parameter : head.parameters()) trained += parameter->value.numel();
  fmt::print("trains {} of {} numbers\n", trained, frozen + trained);

  const std::vector<int> labels{0, 1, 1, 0, 1, 0, 0, 1};
  const Tensor images = images_of(labels);
  double first = 0, last = 0;
  for (int step = 0; step < 100; step++) {
    Tape tape;
    const Var loss = cross_entropy(head(net.features(tape.input(images))), labels);
    adam.zero_grad();
    tape.backward(loss);  // stops at the frozen part, whose gradients nobody wants
    adam.step();
    (step == 0 ? first : last) = loss.item();
  }
  fmt::print("loss {:.1f} -> {:.1f}\n", first, last);
} catch (const std::exception& error) {
  return fmt::print(stderr, "{}\n", error.what()), 1;
}
