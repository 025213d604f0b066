#include <limits>

#include <doctest/doctest.h>
#include <reel/core/inspect/not_finite.h>
#include <reel/core/ops/ops.h>

using namespace reel;

TEST_CASE("first_not_finite names the op that made the first infinity or NaN") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2}, {1, 0}));
  const Var y = log(relu(x));  // log 0
  y - y;
  const auto node = inspect::first_not_finite(tape);
  REQUIRE(node);
  CHECK(node->op == "log");
  CHECK(node->var.index() == y.index());
}

TEST_CASE("first_not_finite finds a leaf that brings one along, and nothing where all is finite") {
  Tape tape;
  relu(tape.input(Tensor::from({2}, {1, 0})));
  CHECK_FALSE(inspect::first_not_finite(tape));
  tape.variable(Tensor::from({1}, {std::numeric_limits<Scalar>::quiet_NaN()}));
  REQUIRE(inspect::first_not_finite(tape));
  CHECK(inspect::first_not_finite(tape)->op == "variable");
}

TEST_CASE("first_not_finite looks into what was computed in one pass with the op after it") {
  Tape tape;
  const Scalar huge = std::numeric_limits<Scalar>::max();
  const Var x = tape.input(Tensor::full({1, 1, 2, 2}, huge));
  relu(conv2d(x, tape.input(Tensor::full({1, 1, 2, 2}, Scalar(-2)))));  // -infinity, then 0
  const auto node = inspect::first_not_finite(tape);
  REQUIRE(node);
  CHECK(node->op == "conv2d");
}
