#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/linear.h>

using namespace reel;

TEST_CASE("Linear maps [..,in] to [..,out]") {
  Linear layer{3, 2};
  layer.weight.value.copy_from(Tensor::from({2, 3}, {1, 0, 2, 0, 1, -1}));
  layer.bias.value.copy_from(Tensor::from({2}, {10, 20}));
  Tape tape;
  const Tensor y = layer(tape.input(Tensor::from({1, 3}, {1, 2, 3}))).value();
  CHECK(y.at(0, 0) == 17);
  CHECK(y.at(0, 1) == 19);
  CHECK(layer(tape.input(Tensor::zeros({4, 5, 3}))).shape() == Shape{4, 5, 2});
}

TEST_CASE("Linear without bias has one parameter") {
  const Linear layer{3, 2, {.bias = false}};
  CHECK(!layer.bias.defined());
  CHECK(layer.parameters().size() == 1);
}

TEST_CASE("Linear refuses sizes below 1") {
  CHECK_THROWS_WITH_AS((Linear{0, 2}), doctest::Contains("in is 0, it must be 1 or more"), Error);
  CHECK_THROWS_WITH_AS((Linear{3, -1}), doctest::Contains("Linear (test_linear.cpp:"), Error);
}
