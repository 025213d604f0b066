#include <limits>
#include <utility>

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

TEST_CASE("all_finite finds one element anywhere, and takes the largest numbers for finite") {
  Tensor x = Tensor::full({37}, std::numeric_limits<Scalar>::max());
  CHECK(inspect::all_finite(x));
  CHECK(inspect::all_finite(Tensor::zeros({0})));
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  for (const Scalar bad : {infinity, -infinity, std::numeric_limits<Scalar>::quiet_NaN()}) {
    for (Index i = 0; i < x.numel(); i++) {
      const Scalar before = x.at(i);
      x.set(i, bad);
      CHECK_FALSE(inspect::all_finite(x));
      x.set(i, before);
    }
  }
}

TEST_CASE("first_not_finite_gradient names the op whose backward made it") {
  Tape tape{{.keep_grads = true}};
  const Var x = tape.variable(Tensor::from({2}, {0, 4}));
  const Var root = sqrt(x * Scalar(2));  // its slope at 0 is infinite
  tape.backward(sum(root * Scalar(3)));
  const auto node = inspect::first_not_finite_gradient(tape);
  REQUIRE(node);
  CHECK(node->var.index() == root.index());
}

TEST_CASE("first_not_finite_gradient: of two ops that read a value the first, and none where all is well") {
  Tape tape{{.keep_grads = true}};
  const Var x = tape.variable(Tensor::from({2}, {0, 4}));
  const Var root = sqrt(x);
  tape.backward(sum(root + x));
  REQUIRE(inspect::first_not_finite_gradient(tape));
  CHECK(inspect::first_not_finite_gradient(tape)->var.index() == root.index());

  Tape sound{{.keep_grads = true}};
  sound.backward(sum(relu(sound.variable(Tensor::from({2}, {0, 4})))));
  CHECK_FALSE(inspect::first_not_finite_gradient(sound));
}
