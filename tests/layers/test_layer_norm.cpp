#include <cmath>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/layer_norm.h>

#include "close.h"

using namespace reel;

TEST_CASE("LayerNorm normalises over its shape and starts as the identity map of the result") {
  LayerNorm layer{{2, 2}};
  Tape tape;
  const Tensor y = layer(tape.input(Tensor::from({1, 2, 2}, {-1, 1, -1, 1}))).value();
  const double one = 1 / std::sqrt(1 + 1e-5);
  CHECK_CLOSE(y.at(0, 0, 0), -one);
  CHECK_CLOSE(y.at(0, 1, 1), one);
  layer.weight.value.fill(2);
  layer.bias.value.fill(10);
  CHECK_CLOSE(layer(tape.input(Tensor::from({1, 2, 2}, {-1, 1, -1, 1}))).value().at(0, 0, 0), 10 - 2 * one);
}

TEST_CASE("LayerNorm refuses a shape without elements and a negative eps") {
  CHECK_THROWS_WITH_AS((LayerNorm{Shape{}}), doctest::Contains("holds nothing to normalise"), Error);
  CHECK_THROWS_AS((LayerNorm{Shape{0}}), Error);
  CHECK_THROWS_WITH_AS((LayerNorm{{2}, {.eps = -1}}), doctest::Contains("eps is -1"), Error);
}
