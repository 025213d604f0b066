#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "gradcheck_support.h"
#include "uniform.h"

using namespace reel;
using doctest::Contains;
using reel_test::uniform;

TEST_CASE("huber_loss is a parabola near its target and a line away from it") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({4}, {0, 1, 3, -3}));
  const Var y = huber_loss(x, Tensor::from({4}, {0, 0.5, 1, 1}), {.delta = 1, .reduction = Reduction::kNone});
  CHECK_CLOSE(y.value(), Tensor::from({4}, {0, 0.125, 1.5, 3.5}), reel_test::kExact);
  tape.backward(sum(y));
  CHECK_CLOSE(x.grad(), Tensor::from({4}, {0, 0.5, 1, -1}), reel_test::kExact);
}

TEST_CASE("At delta both cases of huber_loss have one gradient") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {0.5, -0.5}));
  tape.backward(huber_loss(x, Tensor::zeros({2}), {.delta = 0.5, .reduction = Reduction::kSum}));
  CHECK_CLOSE(x.grad(), Tensor::from({2}, {0.5, -0.5}), reel_test::kExact);
}

TEST_CASE("Gradients of huber_loss and kl_div" * reel_test::in_double_alone()) {
  const Tensor target = uniform({2, 3}, 0, 1, 1);
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    CHECK_GRADIENT(
        [&](std::span<const Var> v) {
          return huber_loss(v[0], target, {0.4, reduction});
        },
        {uniform({2, 3})});
    CHECK_GRADIENT([&](std::span<const Var> v) { return kl_div(v[0], target, {reduction}); },
                   {uniform({2, 3})});
  }
}

TEST_CASE("huber_loss and kl_div say what they are given") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2}));
  CHECK_THROWS_WITH_AS(huber_loss(x, Tensor::ones({3})), Contains("huber_loss (test_composite_losses.cpp:"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(huber_loss(x, Tensor::ones({2}), {.delta = 0}), Contains("delta is 0"), Error);
  CHECK_THROWS_WITH_AS(kl_div(x, Tensor::ones({3})), Contains("input is [2], target is [3]"), ShapeError);
  const Var none = tape.variable(Tensor::ones({0}));
  CHECK_THROWS_WITH_AS(kl_div(none, Tensor::ones({0})), Contains("has no mean loss"), ShapeError);
}
