#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/conv1x1.h>

using namespace reel;

TEST_CASE("Conv1x1 mixes the channels of each pixel") {
  Conv1x1 layer{2, 1};
  CHECK(layer.weight.value.shape() == Shape{1, 2, 1, 1});
  layer.weight.value.copy_from(Tensor::from({1, 2, 1, 1}, {2, -1}));
  layer.bias.value.fill(5);
  Tape tape;
  const Tensor y = layer(tape.input(Tensor::from({1, 2, 1, 2}, {1, 2, 3, 4}))).value();
  CHECK(y.shape() == Shape{1, 1, 1, 2});
  CHECK(y.at(0, 0, 0, 0) == 4);
  CHECK(y.at(0, 0, 0, 1) == 5);
  CHECK((Conv1x1{2, 1, {.bias = false}}).parameters().size() == 1);
}

TEST_CASE("Conv1x1 refuses channel counts below 1") {
  CHECK_THROWS_WITH_AS((Conv1x1{0, 1}), doctest::Contains("in is 0, it must be 1 or more"), Error);
}
