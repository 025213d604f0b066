#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/dropout.h>

#include <algorithm>

using namespace reel;

TEST_CASE("Dropout drops while training only") {
  Dropout layer{0.5};
  Tape tape;
  const Var x = tape.input(Tensor::ones({100}));
  CHECK(std::ranges::count(layer(x).value().values(), Scalar(0)) > 0);
  layer.eval();
  CHECK(std::ranges::count(layer(x).value().values(), Scalar(1)) == 100);
}

TEST_CASE("Dropout refuses a p outside of [0, 1)") {
  CHECK_THROWS_WITH_AS((Dropout{1}), doctest::Contains("Dropout (test_dropout.cpp:"), Error);
  CHECK_THROWS_AS((Dropout{-0.5}), Error);
}
