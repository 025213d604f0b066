#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/layer_norm.h>

using namespace reel;
using doctest::Approx;

TEST_CASE("LayerNorm normalises over its shape and starts as the identity map of the result") {
  LayerNorm layer{{2, 2}};
  Tape tape;
  const Tensor y = layer(tape.input(Tensor::from({1, 2, 2}, {-1, 1, -1, 1}))).value();
  CHECK(y.at(0, 0, 0) == Approx(-1).epsilon(1e-4));
  CHECK(y.at(0, 1, 1) == Approx(1).epsilon(1e-4));
  layer.weight.value.fill(2);
  layer.bias.value.fill(10);
  CHECK(layer(tape.input(Tensor::from({1, 2, 2}, {-1, 1, -1, 1}))).value().at(0, 0, 0) ==
        Approx(8).epsilon(1e-4));
}

TEST_CASE("LayerNorm refuses a shape without elements and a negative eps") {
  CHECK_THROWS_WITH_AS((LayerNorm{Shape{}}), doctest::Contains("holds nothing to normalise"), Error);
  CHECK_THROWS_AS((LayerNorm{Shape{0}}), Error);
  CHECK_THROWS_WITH_AS((LayerNorm{{2}, {.eps = -1}}), doctest::Contains("eps is -1"), Error);
}
