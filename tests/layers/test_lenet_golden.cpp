// LeNet against PyTorch: the same weights, the same batch, the same ten losses.
#include <doctest/doctest.h>

#include <vector>

#include <reel/core/io/safetensors.h>
#include <reel/layers/module_io.h>
#include <reel/optim/sgd.h>

#include "close.h"
#include "golden/golden.h"
#include "golden/golden_check.h"
#include "lenet.h"

using namespace reel;

TEST_CASE("LeNet from PyTorch's initial weights has PyTorch's first ten training losses") {
  const State reference = read_safetensors(reel_test::golden_path("lenet_training")).state;
  const Tensor& losses = reference.tensors.at("losses");
  const std::span<const Scalar> saved_labels = reference.tensors.at("labels").values();
  const std::vector<int> labels(saved_labels.begin(), saved_labels.end());
  reel_test::LeNet net;
  load(net, reel_test::golden_path("lenet"));
  SGD sgd{net.parameters(), {.lr = 0.05, .momentum = 0.9}};

  REQUIRE(losses.numel() == 10);
  for (Index step = 0; step < losses.numel(); step++) {
    Tape tape;
    const Var logits = net(tape.input(reference.tensors.at("images")));
    if (step == 0) reel_test::check_golden(logits.value(), reference.tensors.at("logits"), "first logits");
    const Var loss = cross_entropy(logits, labels);
    CAPTURE(step);
    CHECK_CLOSE(loss.item(), losses.at(step));
    sgd.zero_grad();
    tape.backward(loss);
    sgd.step();
  }
}
