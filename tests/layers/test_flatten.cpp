#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/flatten.h>

using namespace reel;

TEST_CASE("Flatten joins the dimensions from start_dim") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3, 4, 5}));
  CHECK(Flatten{}(x).shape() == Shape{2, 60});
  CHECK((Flatten{2})(x).shape() == Shape{2, 3, 20});
}

TEST_CASE("Unflatten makes one dimension several") {
  Tape tape;
  Unflatten layer{1, {3, -1, 2}};
  const Var x = tape.input(Tensor::arange(24).reshape({2, 12}));
  CHECK(layer(x).shape() == Shape{2, 3, 2, 2});
  CHECK(Unflatten(-1, {4, 3})(x).shape() == Shape{2, 4, 3});
  CHECK_THROWS_WITH_AS(Unflatten(2, {4, 3})(x), doctest::Contains("input [2,12] has no dimension 2"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(Unflatten(1, {5, 3})(x),
                       doctest::Contains("dimension 1 of input [2,12] cannot be 5 x 3"), ShapeError);
  CHECK_THROWS_AS(Unflatten(1, {5, -1})(x), ShapeError);
  CHECK_THROWS_AS(Unflatten(1, {Index{1} << 32, Index{1} << 32})(tape.input(Tensor::zeros({2, 0}))),
                  ShapeError);
  CHECK(Unflatten(1, {-1, 6})(tape.input(Tensor::zeros({0, 12}))).shape() == Shape{0, 2, 6});
  CHECK_THROWS_WITH_AS(Unflatten(1, {}), doctest::Contains("Unflatten (test_flatten.cpp:"), Error);
  CHECK_THROWS_WITH_AS(Unflatten(1, {-1, -1}), doctest::Contains("one alone may be -1"), Error);
  CHECK_THROWS_WITH_AS(Unflatten(1, {-2}), doctest::Contains("-2"), Error);
}
