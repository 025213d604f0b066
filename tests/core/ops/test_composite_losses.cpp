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

TEST_CASE("bce_with_logits counts what is positive pos_weight times") {
  Tape tape;
  const Tensor logits = uniform({3, 2}, -4, 4), ones = Tensor::ones({3, 2}), zeros = Tensor::zeros({3, 2});
  const Var x = tape.variable(logits);
  constexpr Reduction kEach = Reduction::kNone;
  const Tensor weight = Tensor::from({2}, {3, 0});
  const Tensor positive = bce_with_logits(x, ones, {kEach, weight}).value(),
               plain = bce_with_logits(x, ones, {kEach}).value();
  for (Index n = 0; n < 3; n++) {
    CHECK_CLOSE(positive.at(n, 0), 3 * plain.at(n, 0));
    CHECK(positive.at(n, 1) == 0);
  }
  CHECK_CLOSE(bce_with_logits(x, zeros, {kEach, weight}).value(), bce_with_logits(x, zeros, {kEach}).value(),
              reel_test::kExact);
  const Tensor target = uniform({3, 2}, 0, 1, 1);
  CHECK_CLOSE(bce_with_logits(x, target, {kEach, Tensor::ones({})}).value(),
              bce_with_logits(x, target, {kEach}).value());
}

TEST_CASE("bce_with_logits with pos_weight keeps small losses of certain logits") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2}, {-40, 40}));
  const Tensor each =
      bce_with_logits(x, Tensor::from({2}, {0, 1}), {Reduction::kNone, Tensor::full({}, 2)}).value();
  CHECK_CLOSE(each.at(0), std::exp(-40.0), reel_test::kFunctionTolerance);
  CHECK_CLOSE(each.at(1), 2 * std::exp(-40.0), reel_test::kFunctionTolerance);
}

TEST_CASE("Gradients of bce_with_logits with pos_weight" * reel_test::in_double_alone()) {
  const Tensor target = uniform({2, 3}, 0, 1, 1), weight = uniform({3}, 0, 4, 2);
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    CHECK_GRADIENT(
        [&](std::span<const Var> v) {
          return bce_with_logits(v[0], target, {reduction, weight});
        },
        {uniform({2, 3})});
  }
}

TEST_CASE(
    "bce_with_logits refuses a pos_weight that does not fit or is negative, and targets that are none") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 3}));
  const Tensor target = Tensor::ones({2, 3});
  const auto weighted = [&](const Tensor& weight) {
    return bce_with_logits(x, target, {.pos_weight = weight});
  };
  CHECK_THROWS_WITH_AS(weighted(Tensor::ones({4})), Contains("bce_with_logits (test_composite_losses.cpp:"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(weighted(Tensor::ones({2})), Contains("[2] and [2,3] cannot be broadcast"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(weighted(Tensor::ones({2, 2, 3})), Contains("pos_weight is [2,2,3], target is [2,3]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(weighted(Tensor::from({3}, {1, -1, 1})), Contains("a pos_weight is -1"), Error);
  CHECK_THROWS_WITH_AS(bce_with_logits(x, Tensor::full({2, 3}, 2), {.pos_weight = Tensor::ones({3})}),
                       Contains("a target is 2, it must be in [0, 1]"), Error);
  const Var none = tape.variable(Tensor::ones({0}));
  CHECK_THROWS_WITH_AS(bce_with_logits(none, Tensor::ones({0}), {.pos_weight = Tensor::ones({})}),
                       Contains("has no mean loss"), ShapeError);
}
