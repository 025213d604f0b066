#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {
using Vars = std::span<const Var>;
}

TEST_CASE("softmax has the values of its formula along any dimension") {
  const Tensor x = uniform({2, 3, 4}, -3, 3);
  for (const Index dim : {0, 1, 2, -1}) {
    Tape tape;
    const Var v = tape.input(x);
    const Tensor y = softmax(v, dim).value(), z = log_softmax(v, dim).value();
    const Tensor expected = (exp(v) / sum(exp(v), dim, {.keepdim = true})).value();
    CHECK_CLOSE(y, expected);
    CHECK_CLOSE(z, log(tape.input(expected)).value());
  }
}

TEST_CASE("softmax does not overflow") {
  Tape tape;
  const Var x = tape.input(Tensor::from({3}, {1000, 1000, -1000}));
  CHECK(softmax(x).value().text() == "tensor([0.5000, 0.5000, 0.0000])");
  CHECK_CLOSE(log_softmax(x).value().at(2), -2000 - std::log(2.0));
}

TEST_CASE("softmax of minus infinity is 0, and a NaN spoils its own line only") {
  Tape tape;
  const Var x = tape.input(Tensor::from({3, 2}, {-INFINITY, 1, NAN, 0, 0, NAN}));
  const Tensor y = softmax(x, 1).value();
  CHECK(y.at(0, 0) == 0);
  CHECK(y.at(0, 1) == 1);
  for (const Index row : {1, 2}) {
    CHECK(std::isnan(y.at(row, 0)));
    CHECK(std::isnan(y.at(row, 1)));
  }
}

TEST_CASE("Gradients of softmax and log_softmax" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 3, 4}, -2, 2);
  for (const Index dim : {0, 1, 2}) {
    CHECK_GRADIENT([dim](Vars v) { return softmax(v[0], dim); }, x);
    CHECK_GRADIENT([dim](Vars v) { return log_softmax(v[0], dim); }, x);
  }
}

TEST_CASE("softmax and log_softmax explain their numbers, of confident rows too") {
  const Tensor x = uniform({2, 3, 4}, -2, 2);
  const Tensor confident = Tensor::from({2, 3}, {30, 0, -30, 1000, 1000, -1000});
  for (const auto f : {softmax, log_softmax}) {
    for (const Index dim : {0, 1, 2, -1}) CHECK_EXPLAINED([&](Vars v) { return f(v[0], dim); }, x);
    CHECK_EXPLAINED([&](Vars v) { return f(v[0], -1); }, confident);
    CHECK_EXPLAINED([&](Vars v) { return f(v[0], 0); }, uniform({1, 3}));
  }
}

TEST_CASE("The formulas of softmax and log_softmax") {
  Tape tape;
  const Var x = tape.variable(uniform({2, 3})).named("x");
  const Var y = softmax(x).named("y"), z = log_softmax(x, 0).named("z");
  const inspect::Trace trace(tape, sum(y * z));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  const std::vector<std::size_t>& gradients = trace.grad_events(x.index());
  CHECK(formula(y.index(), 4) == "exp(x[1,1]) / (sum over j of exp(x[1,j]))");
  CHECK(formula(z.index(), 4) == "x[1,1] - log(sum over i of exp(x[i,1]))");
  CHECK(formula(gradients.at(0), 4) == "dz[1,1] - exp(z[1,1]) * (sum over i of dz[i,1])");
  CHECK(formula(gradients.at(1), 4) == "y[1,1] * (dy[1,1] - sum over j of dy[1,j] * y[1,j])");
}

TEST_CASE("softmax refuses a dimension that is not there, and takes an empty one") {
  Tape tape;
  CHECK_THROWS_WITH_AS(softmax(tape.input(Tensor::ones({2, 3})), 2),
                       doctest::Contains("softmax (test_softmax.cpp:"), ShapeError);
  CHECK(log_softmax(tape.input(Tensor::ones({2, 0}))).shape() == Shape{2, 0});
  CHECK(softmax(tape.input(Tensor::ones({0, 3}))).shape() == Shape{0, 3});
}
