#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include <reel/core/error.h>
#include <reel/optim/adam.h>
#include <reel/optim/schedule.h>
#include <reel/optim/sgd.h>

#include "close.h"

using namespace reel;
using doctest::Contains;
using reel_test::kExact;

namespace {

struct OneParameter {
  Parameter w{.name = "w", .value = Tensor::ones({1})};
  SGD sgd{{&w}, {.lr = 0.8, .momentum = 0.9}};
};

}  // namespace

TEST_CASE("A schedule sets the rate of step 0 when it is made, after a linear warm-up its own") {
  OneParameter p;
  StepLR schedule{p.sgd, {.step_size = 2, .gamma = 0.5, .warmup_steps = 4, .warmup_start_factor = 0.25}};
  const double expected[] = {0.2, 0.35, 0.5, 0.65, 0.8, 0.8, 0.4, 0.4, 0.2};
  for (const double lr : expected) {
    CHECK_CLOSE(p.sgd.lr(), lr, kExact);
    schedule.step();
  }
}

TEST_CASE("CosineLR counts t_max from the end of the warm-up") {
  OneParameter p;
  CosineLR schedule{p.sgd, {.t_max = 4, .eta_min = 0.2, .warmup_steps = 2, .warmup_start_factor = 0.5}};
  CHECK_CLOSE(p.sgd.lr(), 0.4, kExact);
  for (int i = 0; i < 4; i++) schedule.step();
  CHECK_CLOSE(p.sgd.lr(), 0.5, kExact);  // half-way down
  for (int i = 0; i < 2; i++) schedule.step();
  CHECK_CLOSE(p.sgd.lr(), 0.2, kExact);
}

TEST_CASE("Groups keep their ratio in StepLR and share max_lr in OneCycleLR") {
  Parameter a{.name = "a", .value = Tensor::ones({1})}, b{.name = "b", .value = Tensor::ones({1})};
  SGD sgd{{{{&a}, {.lr = 1}}, {{&b}, {.lr = 3}}}};
  StepLR step{sgd, {.step_size = 1}};
  step.step();
  CHECK_CLOSE(sgd.lr(0), 0.1, kExact);
  CHECK_CLOSE(sgd.lr(1), 0.3, kExact);
  OneCycleLR cycle{sgd, {.max_lr = 5, .total_steps = 10, .cycle_momentum = false}};
  CHECK_CLOSE(sgd.lr(0), 0.2, kExact);
  CHECK_CLOSE(sgd.lr(1), 0.2, kExact);
  CHECK(sgd.momentum(0) == 0);
}

TEST_CASE("OneCycleLR cycles Adam's beta1 and ends where it says") {
  OneParameter p;
  Adam adam{{&p.w}};
  OneCycleLR schedule{adam, {.max_lr = 1, .total_steps = 10, .pct_start = 0.3}};
  CHECK_CLOSE(adam.lr(), 0.04, kExact);
  CHECK_CLOSE(adam.momentum(), 0.95, kExact);
  for (int i = 0; i < 2; i++) schedule.step();
  CHECK_CLOSE(adam.lr(), 1, kExact);
  CHECK_CLOSE(adam.momentum(), 0.85, kExact);
  for (int i = 0; i < 7; i++) schedule.step();
  CHECK_CLOSE(adam.lr(), 4e-6, kExact);
  schedule.step();
  const double lr = adam.lr();
  CHECK_THROWS_WITH_AS(schedule.step(), Contains("step 11 is asked for, the schedule has 10"), Error);
  CHECK(adam.lr() == lr);
  CHECK(schedule.steps() == 10);
}

TEST_CASE("OneCycleLR needs no division by an empty phase") {
  OneParameter p;
  for (const double pct_start : {0.0, 0.1, 1.0}) {
    OneCycleLR schedule{p.sgd, {.max_lr = 1, .total_steps = 10, .pct_start = pct_start}};
    for (int i = 0; i < 10; i++) {
      CHECK(std::isfinite(p.sgd.lr()));
      schedule.step();
    }
  }
}

TEST_CASE("A schedule goes on from a loaded state") {
  OneParameter p, q;
  CosineLR one{p.sgd, {.t_max = 7}};
  for (int i = 0; i < 3; i++) one.step();
  q.sgd.load_state(p.sgd.state());
  CosineLR two{q.sgd, {.t_max = 7}};  // made when the rate is no longer the base
  two.load_state(one.state());
  CHECK(two.steps() == 3);
  CHECK(q.sgd.lr() == p.sgd.lr());
  one.step();
  two.step();
  CHECK(q.sgd.lr() == p.sgd.lr());
}

TEST_CASE("A state that does not fit a schedule is refused and changes nothing") {
  OneParameter p;
  OneCycleLR schedule{p.sgd, {.max_lr = 1, .total_steps = 5}};
  schedule.step();
  const double lr = p.sgd.lr();
  const auto refused = [&](auto spoil, const char* words) {
    State bad = schedule.state();
    spoil(bad);
    CHECK_THROWS_WITH_AS(schedule.load_state(bad), Contains(words), Error);
    CHECK(schedule.steps() == 1);
    CHECK(p.sgd.lr() == lr);
  };
  refused([](State& s) { s.integers.clear(); }, "missing: \"step\"");
  refused([](State& s) { s.integers["step"] = -1; }, "step -1");
  refused([](State& s) { s.integers["step"] = 6; }, "step 6 is asked for");
  refused([](State& s) { s.reals["base_lr.1"] = 1; }, "unexpected");
  refused([](State& s) { s.reals["base_lr.0"] = std::numeric_limits<double>::infinity(); }, "base_lr inf");
}

TEST_CASE("A schedule checks its options") {
  OneParameter p;
  CHECK_THROWS_WITH_AS(StepLR(p.sgd, {}), Contains("StepLR (test_schedule.cpp:"), Error);
  CHECK_THROWS_WITH_AS(StepLR(p.sgd, {}), Contains("step_size is 0, it must be 1 or more"), Error);
  CHECK_THROWS_WITH_AS(StepLR(p.sgd, {.step_size = 1, .gamma = -1}), Contains("gamma"), Error);
  CHECK_THROWS_WITH_AS(StepLR(p.sgd, {.step_size = 1, .warmup_steps = -1}), Contains("warmup_steps"), Error);
  CHECK_THROWS_WITH_AS(CosineLR(p.sgd, {.t_max = 0}), Contains("t_max"), Error);
  CHECK_THROWS_WITH_AS(CosineLR(p.sgd, {.t_max = 1, .eta_min = -1}), Contains("eta_min"), Error);
  CHECK_THROWS_WITH_AS(CosineLR(p.sgd, {.t_max = 1, .warmup_start_factor = 2}),
                       Contains("warmup_start_factor"), Error);
  CHECK_THROWS_WITH_AS(OneCycleLR(p.sgd, {.total_steps = 1}), Contains("max_lr"), Error);
  CHECK_THROWS_WITH_AS(OneCycleLR(p.sgd, {.max_lr = 1}), Contains("total_steps"), Error);
  CHECK_THROWS_WITH_AS(OneCycleLR(p.sgd, {.max_lr = 1, .total_steps = 9, .pct_start = 1.5}),
                       Contains("pct_start"), Error);
  CHECK_THROWS_WITH_AS(OneCycleLR(p.sgd, {.max_lr = 1, .total_steps = 9, .max_momentum = 1}),
                       Contains("max_momentum"), Error);
}

TEST_CASE("MultiStepLR, ExponentialLR and LambdaLR check what they are given") {
  OneParameter p;
  CHECK_THROWS_WITH_AS(MultiStepLR(p.sgd, {}), Contains("MultiStepLR (test_schedule.cpp:"), Error);
  CHECK_THROWS_WITH_AS(MultiStepLR(p.sgd, {}), Contains("no milestones are given"), Error);
  CHECK_THROWS_WITH_AS(MultiStepLR(p.sgd, {.milestones = {3, 2}}),
                       Contains("a milestone is 2, it must be 3 or more"), Error);
  CHECK_THROWS_WITH_AS(MultiStepLR(p.sgd, {.milestones = {-1}}), Contains("a milestone is -1"), Error);
  CHECK_THROWS_WITH_AS(ExponentialLR(p.sgd, {}), Contains("gamma is 0"), Error);
  CHECK_THROWS_WITH_AS(LambdaLR(p.sgd, nullptr), Contains("no function is given"), Error);
  LambdaLR falling{p.sgd, [](Index t) { return 1.0 - static_cast<double>(t); }};
  falling.step();
  CHECK_THROWS_WITH_AS(falling.step(), Contains("step 2 gives group 0 a learning rate of -0.8"), Error);
  CHECK(falling.steps() == 1);
  CHECK(p.sgd.lr() == 0);
}

TEST_CASE("A schedule's step that throws has not counted and changes no rate") {
  Parameter a{.name = "a", .value = Tensor::ones({1})}, b{.name = "b", .value = Tensor::ones({1})};
  SGD sgd{{{{&a}, {.lr = 1}}, {{&b}, {.lr = 1e300}}}};
  StepLR schedule{sgd, {.step_size = 1, .gamma = 10}};
  for (int i = 0; i < 8; i++) schedule.step();
  const State before = schedule.state();
  for (int i = 0; i < 3; i++) {
    CHECK_THROWS_WITH_AS(schedule.step(), Contains("step 9 gives group 1 a learning rate of inf"), Error);
    CHECK(schedule.steps() == 8);
    CHECK(sgd.lr(0) == 1e8);
    CHECK(sgd.lr(1) < 1.1e308);
  }
  State later = before;
  later.integers["step"] = 400;
  CHECK_THROWS_WITH_AS(schedule.load_state(later), Contains("step 400 gives group 0"), FormatError);
  CHECK(schedule.steps() == 8);
  CHECK(sgd.lr(0) == 1e8);
  CHECK_THROWS_WITH_AS(OneCycleLR(sgd, {.max_lr = 1, .total_steps = 9, .div_factor = 1e-320}),
                       Contains("inf"), Error);
  CHECK(sgd.lr(0) == 1e8);
}

TEST_CASE("A schedule's state with a step below 0 or beyond 2^53 is refused") {
  OneParameter p;
  CosineLR schedule{p.sgd, {.t_max = 5}};
  State state = schedule.state();
  for (const std::int64_t step : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    state.integers["step"] = step;
    CHECK_THROWS_WITH_AS(schedule.load_state(state), Contains("0 to 9007199254740992 is expected"),
                         FormatError);
  }
  state.integers["step"] = std::int64_t{1} << 53;
  schedule.load_state(state);
  CHECK_THROWS_WITH_AS(schedule.step(), Contains("step is 9007199254740992"), Error);
  CHECK(schedule.steps() == std::int64_t{1} << 53);
}
