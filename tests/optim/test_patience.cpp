#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>
#include <reel/optim/patience.h>
#include <reel/optim/sgd.h>

#include "close.h"

using namespace reel;
using doctest::Contains;

TEST_CASE("Patience ends after more steps than it bears without a better number") {
  Patience loss{{.patience = 2}};
  CHECK_FALSE(loss.improved());
  CHECK(std::isinf(loss.best()));
  for (const double number : {1.0, 0.5, 0.5, 0.7, 0.4}) CHECK_FALSE(loss.step(number));
  CHECK(loss.improved());
  CHECK(loss.best() == 0.4);
  CHECK_FALSE(loss.step(NAN));
  CHECK_FALSE(loss.step(0.41));
  CHECK_FALSE(loss.improved());
  CHECK(loss.step(0.4));
  CHECK(loss.step(0.45));
  CHECK_FALSE(loss.step(0.3));
}

TEST_CASE("Patience counts what is better by min_delta, upwards for an accuracy") {
  Patience accuracy{{.patience = 0, .min_delta = 0.1, .goal = Goal::kMax}};
  CHECK_FALSE(accuracy.step(0.5));
  CHECK(accuracy.step(0.55));
  CHECK_FALSE(accuracy.step(0.65));
  CHECK(accuracy.best() == 0.65);
}

TEST_CASE("Patience and ReduceLROnPlateau go on from a loaded state") {
  Parameter w{.name = "w", .value = Tensor::ones({1})};
  SGD sgd{{&w}, {.lr = 1}};
  Patience one{{.patience = 2}}, two{{.patience = 2}};
  ReduceLROnPlateau first{sgd, {.factor = 0.5, .patience = 1}}, second{sgd, {.factor = 0.5, .patience = 1}};
  for (const double number : {1.0, 2.0}) {
    CHECK_FALSE(one.step(number));
    first.step(number);
  }
  two.load_state(one.state());
  second.load_state(first.state());
  CHECK(two.best() == 1);
  CHECK_FALSE(two.step(3));
  CHECK(two.step(3));
  CHECK(sgd.lr() == 1);
  second.step(2);
  CHECK(sgd.lr() == 0.5);
  State bad = one.state();
  bad.integers["waited"] = -1;
  CHECK_THROWS_AS(two.load_state(bad), FormatError);
  CHECK_THROWS_AS(second.load_state(one.state()), FormatError);
}

TEST_CASE("Patience and ReduceLROnPlateau check their options") {
  Parameter w{.name = "w", .value = Tensor::ones({1})};
  SGD sgd{{&w}, {.lr = 1}};
  CHECK_THROWS_WITH_AS(Patience({.patience = -1}), Contains("patience is -1"), Error);
  CHECK_THROWS_WITH_AS(Patience({.min_delta = -1}), Contains("min_delta is -1"), Error);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau(sgd, {.factor = 1}),
                       Contains("ReduceLROnPlateau (test_patience.cpp:"), Error);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau(sgd, {.factor = 1}), Contains("factor is 1"), Error);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau(sgd, {.cooldown = -1}), Contains("cooldown"), Error);
  CHECK_THROWS_WITH_AS(ReduceLROnPlateau(sgd, {.min_lr = NAN}), Contains("min_lr"), Error);
}
