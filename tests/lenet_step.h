// A step of LeNet-5 on one digit that Reel draws.
#pragma once

#include <reel/core/random.h>
#include <reel/core/tape.h>
#include <reel/datasets/digits.h>

#include "lenet.h"

namespace reel_test {

struct LeNetStep {
  struct Seed {
    Seed() { reel::seed(1); }
  } seed;  // before the weights are drawn
  LeNet net;
  reel::Tape tape;
  reel::Var image, loss;

  LeNetStep() {
    const reel::GeneratedDigits digits{1, 7};
    reel::Tensor pixels = reel::Tensor::uninitialized({1, 1, 28, 28});
    digits.read(0, pixels.mutable_values());
    image = tape.variable(pixels).named("image");
    loss = cross_entropy(net(image), {digits.label(0)}).named("loss");
  }
};

}  // namespace reel_test
