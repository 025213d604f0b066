// A step small enough to follow by hand: the textbook's two channels through a convolution, a relu and a 1x1
// convolution.
#pragma once

#include <reel/core/ops/ops.h>

namespace reel_test {

struct ConvLesson {
  reel::Tape tape;
  reel::Var x, w, b, z, a, v, c, y, loss;

  ConvLesson() {
    using reel::Tensor;
    x = tape.variable(Tensor::from({1, 2, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
            .named("x");
    w = tape.variable(Tensor::from({2, 2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4, 1, -1, 0, 1, 0, -1, 1, -1}))
            .named("w");
    b = tape.variable(Tensor::from({2}, {-80, 4})).named("b");
    z = conv2d(x, w, b).named("z");
    a = relu(z).named("a");
    v = tape.variable(Tensor::from({1, 2, 1, 1}, {reel::Scalar(0.5), 1})).named("v");
    c = tape.variable(Tensor::zeros({1})).named("c");
    y = conv1x1(a, v, c).named("y");
    loss = mse_loss(y, Tensor::from({1, 1, 2, 2}, {2, 6, 12, 30})).named("loss");
  }
};

}  // namespace reel_test
