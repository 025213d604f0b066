#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "gradcheck_support.h"

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
    for (std::size_t i = 0; i < 24; i++) {
      CHECK(y.values()[i] == doctest::Approx(expected.values()[i]).epsilon(1e-5));
      CHECK(z.values()[i] == doctest::Approx(std::log(expected.values()[i])).epsilon(1e-5));
    }
  }
}

TEST_CASE("softmax does not overflow") {
  Tape tape;
  const Var x = tape.input(Tensor::from({3}, {1000, 1000, -1000}));
  CHECK(softmax(x).value().text() == "tensor([0.5000, 0.5000, 0.0000])");
  CHECK(log_softmax(x).value().at(2) == doctest::Approx(-2000 - std::log(2.0)));
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

TEST_CASE("Gradients of softmax and log_softmax") {
  const Tensor x = uniform({2, 3, 4}, -2, 2);
  for (const Index dim : {0, 1, 2}) {
    CHECK_GRADIENT([dim](Vars v) { return softmax(v[0], dim); }, x);
    CHECK_GRADIENT([dim](Vars v) { return log_softmax(v[0], dim); }, x);
  }
}

TEST_CASE("softmax refuses a dimension that is not there or empty") {
  Tape tape;
  CHECK_THROWS_WITH_AS(softmax(tape.input(Tensor::ones({2, 3})), 2),
                       doctest::Contains("softmax (test_softmax.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(log_softmax(tape.input(Tensor::ones({2, 0}))), doctest::Contains("is empty"),
                       ShapeError);
  CHECK(softmax(tape.input(Tensor::ones({0, 3}))).shape() == Shape{0, 3});
}
