#include <cmath>
#include <limits>

#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;
constexpr Scalar kBad = std::numeric_limits<Scalar>::quiet_NaN();
constexpr Scalar kEndless = std::numeric_limits<Scalar>::infinity();

}  // namespace

TEST_CASE("where takes a where the condition is not 0, else b") {
  Tape tape;
  const Tensor condition = Tensor::from({2, 3}, {1, 0, 2, Scalar(-0.0), Scalar(-0.5), kBad});
  const Var a = tape.input(Tensor::arange(6).reshape({2, 3})), b = tape.input(Tensor::full({2, 3}, -1));
  CHECK(where(condition, a, b).value().text() == "tensor([[ 0., -1.,  2.],\n        [-1.,  4.,  5.]])");
  CHECK(where(condition, a, 7).value().text() == "tensor([[0., 7., 2.],\n        [7., 4., 5.]])");
  CHECK(where(condition, Scalar(0.5), a).value().text() ==
        "tensor([[0.5000, 1.0000, 0.5000],\n        [3.0000, 0.5000, 0.5000]])");
  const Var zero = tape.input(Tensor::full({}, Scalar(-0.0)));
  CHECK(std::signbit(where(Tensor::ones({}), zero, 1).item()));
  CHECK(std::signbit(where(Tensor::zeros({}), 1, zero).item()));
}

TEST_CASE("where broadcasts the condition and both choices") {
  Tape tape;
  const auto shape = [&](const Shape& condition, const Shape& a, const Shape& b) {
    return where(Tensor::ones(condition), tape.input(Tensor::zeros(a)), tape.input(Tensor::zeros(b))).shape();
  };
  CHECK(shape({2, 3}, {}, {3}) == Shape{2, 3});
  CHECK(shape({3}, {2, 1}, {}) == Shape{2, 3});
  CHECK(shape({2, 1}, {4, 1, 1}, {1, 3}) == Shape{4, 2, 3});
  CHECK(shape({}, {}, {}) == Shape{});
  CHECK(shape({}, {0, 3}, {3}) == Shape{0, 3});
  CHECK(shape({0, 1}, {3}, {1}) == Shape{0, 3});
  const Var rows = tape.input(Tensor::from({2, 1}, {1, 2})),
            columns = tape.input(Tensor::from({3}, {7, 8, 9}));
  CHECK(where(Tensor::from({3}, {1, 0, 1}), rows, columns).value().text() ==
        "tensor([[1., 8., 1.],\n        [2., 8., 2.]])");
}

TEST_CASE("What where does not choose reaches neither the value nor a gradient") {
  Tape tape;
  const Var a = tape.variable(Tensor::from({4}, {1, kBad, 3, kEndless})),
            b = tape.variable(Tensor::from({4}, {kBad, 2, -kEndless, 4}));
  const Var y = where(Tensor::from({4}, {1, 0, 1, 0}), a, b);
  CHECK(y.value().text() == "tensor([1., 2., 3., 4.])");
  tape.backward(y, Tensor::from({4}, {5, kBad, 6, kEndless}));
  CHECK(a.grad().text() == "tensor([5., 0., 6., 0.])");
  CHECK(b.grad().values()[0] == 0);
  CHECK(std::isnan(b.grad().values()[1]));
  CHECK(b.grad().values()[2] == 0);
}

TEST_CASE("An empty batch goes through where both ways") {
  Tape tape;
  const Var a = tape.variable(Tensor::zeros({0, 3})), b = tape.variable(uniform({3}));
  tape.backward(where(Tensor::ones({0, 1}), a, b), Tensor::zeros({0, 3}));
  CHECK(a.grad().shape() == Shape{0, 3});
  CHECK(b.grad().text() == "tensor([0., 0., 0.])");
}

TEST_CASE("where keeps the condition that it was called with") {
  Tape tape;
  Tensor condition = Tensor::from({2}, {1, 0});
  const Var a = tape.variable(Tensor::zeros({2}));
  const Var y = where(condition, a, 0);
  condition.fill(0);
  tape.backward(sum(y));
  CHECK(a.grad().text() == "tensor([1., 0.])");
}

TEST_CASE("Gradients of where" * reel_test::in_double_alone()) {
  const Tensor condition = Tensor::from({2, 3}, {1, 0, 1, 0, 0, 1});
  const Tensor a = uniform({2, 3}), row = uniform({3}, -1, 1, 1), column = uniform({2, 1}, -1, 1, 2);
  CHECK_GRADIENT([=](Vars v) { return where(condition, v[0], v[1]); }, a, uniform({2, 3}, -1, 1, 1));
  CHECK_GRADIENT([=](Vars v) { return where(condition, v[0], v[1]); }, row, column);
  CHECK_GRADIENT([=](Vars v) { return where(condition, v[0], v[0] * v[0]); }, a);
  CHECK_GRADIENT([=](Vars v) { return where(condition, 2, v[0]) + where(condition, v[0], 2); }, row);
  CHECK_GRADIENT(
      [=](Vars v) {
        return where(Tensor::from({2, 1}, {0, 1}), v[0], v[1]);
      },
      row, Tensor::ones({}));
}

TEST_CASE("where explains what it chose") {
  Tape tape;
  const Var a = tape.variable(Tensor::from({2}, {1, kBad})).named("a"),
            b = tape.variable(Tensor::from({2}, {3, 4})).named("b");
  const inspect::Trace trace(tape, sum(where(Tensor::from({2}, {1, 0}), a, b).named("y")));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(2, 0) == "a[0]");
  CHECK(formula(2, 1) == "b[1]");
  CHECK(formula(trace.grad_events(0).at(0), 0) == "dy[0]");
  CHECK(formula(trace.grad_events(0).at(0), 1) == "0, for dy[1] is not chosen");
  reel_test::check_explained(trace);
}

TEST_CASE("where refuses shapes that do not fit, by its own name") {
  Tape tape;
  const Var a = tape.input(Tensor::zeros({2, 3})), b = tape.input(Tensor::zeros({2}));
  CHECK_ERROR(where(Tensor::ones({}), a, b),
              "where (test_where.cpp:", "shapes [2,3] and [2] cannot be broadcast");
  CHECK_ERROR(where(Tensor::ones({4, 1, 2}), a, 0),
              "where (test_where.cpp:", "shapes [2,3] and [4,1,2] cannot be broadcast");
  CHECK_THROWS_WITH_AS(where(Tensor(), a, 0), doctest::Contains("the condition is undefined"), Error);
  CHECK_THROWS_WITH_AS(where(Tensor::ones({}), Var(), 0), doctest::Contains("where (test_where.cpp:"), Error);
  CHECK_THROWS_WITH_AS(where(Tensor::ones({}), a, Var()), doctest::Contains("where (test_where.cpp:"), Error);
}
