#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/tape.h>

using namespace reel;

TEST_CASE("Tensor prints as torch does") {
  CHECK(fmt::format("{}", Tensor::from({2, 2}, {19, 25, 37, 43})) ==
        "tensor([[19., 25.],\n        [37., 43.]])");
}

TEST_CASE("Tensor at() counts from both ends and refuses what is not there") {
  const Tensor t = Tensor::arange(6).reshape({2, 3});
  CHECK(t.at(1, 2) == 5);
  CHECK(t.at(-1, -3) == 3);
  CHECK_THROWS_AS(t.at(2, 0), ShapeError);
  CHECK_THROWS_AS(t.at(1), ShapeError);
}
