#include <doctest/doctest.h>
#include <reel/reel.h>

#include "close.h"
#include "examples/resnet18.h"

using namespace reel;

TEST_CASE("A ResNet-18 loads a state_dict with the names of torchvision's and has PyTorch's logits") {
  const std::string folder = std::string(REEL_TEST_DATA) + "/golden/";
  examples::ResNet18 net(4, 10);
  const LoadReport report = load(net, folder + "resnet18.safetensors");
  CHECK(report.missing.empty());
  CHECK(report.unexpected.empty());
  CHECK(net.state().integers.at("layer2.0.downsample.1.num_batches_tracked") == 3);
  const State reference = read_safetensors(folder + "resnet18_logits.safetensors").state;
  net.eval();
  Tape tape{{.record = false}};
  const Tensor logits = net(tape.input(reference.tensors.at("images"))).value();
  CHECK(reel_test::relative_error(logits, reference.tensors.at("logits")) < 1e-5);
}
