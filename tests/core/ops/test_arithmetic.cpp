#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::contains;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Shapes that broadcast.
const std::vector<std::pair<Shape, Shape>> kPairs = {
    {{2, 3}, {2, 3}},
    {{2, 3}, {3}},
    {{2, 3}, {2, 1}},
    {{}, {2, 3}},
    {{2, 3, 2, 2}, {3, 1, 1}},
    {{2, 1, 3}, {4, 1}},
    {{2, 1, 3, 1}, {1, 2, 1, 2}},
    {{}, {}},
};

}  // namespace

TEST_CASE("Arithmetic works element by element") {
  Tape tape;
  const Var a = tape.input(Tensor::from({3}, {6, 8, -3})), b = tape.input(Tensor::from({3}, {2, -4, 3}));
  CHECK((a + b).value().text() == "tensor([8., 4., 0.])");
  CHECK((a - b).value().text() == "tensor([ 4., 12., -6.])");
  CHECK((a * b).value().text() == "tensor([ 12., -32.,  -9.])");
  CHECK((a / b).value().text() == "tensor([ 3., -2., -1.])");
  CHECK((-a).value().text() == "tensor([-6., -8.,  3.])");
}

TEST_CASE("Arithmetic takes a number on either side") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2}, {2, 4}));
  CHECK((x + 1).value().text() == "tensor([3., 5.])");
  CHECK((1 + x).value().text() == "tensor([3., 5.])");
  CHECK((x - 1).value().text() == "tensor([1., 3.])");
  CHECK((1 - x).value().text() == "tensor([-1., -3.])");
  CHECK((x * 3).value().text() == "tensor([ 6., 12.])");
  CHECK((3 * x).value().text() == "tensor([ 6., 12.])");
  CHECK((x / 2).value().text() == "tensor([1., 2.])");
  CHECK((8 / x).value().text() == "tensor([4., 2.])");
}

TEST_CASE("Arithmetic with a number is one op of its own name, as exact as the number's") {
  Tape tape;
  const Var x = tape.input(Tensor::from({3}, {5, 7, 11}));
  const Var difference = x - 1, quotient = x / 49;
  CHECK(tape.nodes()[difference.index()].op == "sub");
  CHECK(tape.nodes()[quotient.index()].op == "div");
  for (std::size_t i = 0; i < 3; i++) CHECK(quotient.value().values()[i] == x.value().values()[i] / 49);
  CHECK(sub(x, 1).value().text() == difference.value().text());
  CHECK(div(x, 49).value().text() == quotient.value().text());
}

TEST_CASE("+= and its like make another Var, and errors name their line") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})), w = tape.variable(Tensor::from({2}, {3, 5}));
  Var y = x;
  y += w;
  y *= 2;
  y -= x;
  y /= w;
  y += 1;
  y /= Scalar(2);
  CHECK_CLOSE(y.value(),
              Tensor::from({2}, {Scalar(7) / 3 / 2 + Scalar(0.5), Scalar(12) / 5 / 2 + Scalar(0.5)}),
              reel_test::kExact);
  CHECK(x.value().at(0) == 1);
  tape.backward(sum(y));
  CHECK_CLOSE(x.grad(), Tensor::from({2}, {Scalar(1) / 6, Scalar(1) / 10}), reel_test::kExact);
  CHECK_THROWS_WITH_AS(y += tape.input(Tensor::ones({3})), doctest::Contains("add (test_arithmetic.cpp:"),
                       ShapeError);
}

TEST_CASE("Operands of different shapes are broadcast as in NumPy") {
  Tape tape;
  const auto shape_of = [&](const Shape& a, const Shape& b) {
    return (tape.input(Tensor::ones(a)) + tape.input(Tensor::ones(b))).shape();
  };
  CHECK(shape_of({2, 3}, {3}) == Shape{2, 3});
  CHECK(shape_of({2, 1}, {3}) == Shape{2, 3});
  CHECK(shape_of({}, {4, 1, 2}) == Shape{4, 1, 2});
  CHECK(shape_of({5, 1, 4, 1}, {3, 1, 2}) == Shape{5, 3, 4, 2});
  CHECK(shape_of({0, 3}, {1, 3}) == Shape{0, 3});
  CHECK(shape_of({1}, {0}) == Shape{0});

  const Var column = tape.input(Tensor::from({2, 1}, {10, 20})), row = tape.input(Tensor::arange(3));
  CHECK((column + row).value().text() == "tensor([[10., 11., 12.],\n        [20., 21., 22.]])");
  CHECK((row - column).value().text() == "tensor([[-10.,  -9.,  -8.],\n        [-20., -19., -18.]])");
}

TEST_CASE("Broadcasting agrees with a loop over all positions, whatever dimensions are repeated") {
  const Shape target{3, 2, 5, 4};
  for (int mask_a = 0; mask_a < 16; mask_a++) {
    for (int mask_b = 0; mask_b < 16; mask_b++) {
      Shape a = target, b = target;
      for (Index d = 0; d < 4; d++) {
        if (mask_a >> d & 1) a = a.with(d, 1);
        if (mask_b >> d & 1) b = b.with(d, 1);
      }
      Tape tape;
      const Tensor x = uniform(a), y = uniform(b, 1, 2, 1);
      const Tensor z = (tape.input(x) / tape.input(y)).value();
      const auto position = [](const Shape& s, Index d, Index i) { return s[d] == 1 ? 0 : i; };
      bool equal = true;
      for (Index i = 0; i < z.size(0); i++) {
        for (Index j = 0; j < z.size(1); j++) {
          for (Index k = 0; k < z.size(2); k++) {
            for (Index l = 0; l < z.size(3); l++) {
              const auto at = [&](const Tensor& t) {
                const Shape& s = t.shape();
                return t.at(position(s, 0, i), position(s, 1, j), position(s, 2, k), position(s, 3, l));
              };
              equal = equal && z.at(i, j, k, l) == at(x) / at(y);
            }
          }
        }
      }
      CHECK_MESSAGE(equal, a.text(), " with ", b.text());
    }
  }
}

TEST_CASE("Gradients of arithmetic, with and without broadcasting" * reel_test::in_double_alone()) {
  for (const auto& [a, b] : kPairs) {
    const Tensor x = uniform(a, -2, 2), y = uniform(b, Scalar(0.5), 2, 1);
    CHECK_GRADIENT([](Vars v) { return v[0] + v[1]; }, x, y);
    CHECK_GRADIENT([](Vars v) { return v[0] - v[1]; }, x, y);
    CHECK_GRADIENT([](Vars v) { return v[0] * v[1]; }, x, y);
    CHECK_GRADIENT([](Vars v) { return v[0] / v[1]; }, x, y);
    CHECK_GRADIENT([](Vars v) { return v[1] - v[0]; }, x, y);
  }
}

TEST_CASE("Gradients of arithmetic with a number, and of an operand used twice" *
          reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 3}, Scalar(0.5), 2);
  CHECK_GRADIENT([](Vars v) { return v[0] + 3; }, x);
  CHECK_GRADIENT([](Vars v) { return v[0] - 3; }, x);
  CHECK_GRADIENT([](Vars v) { return 3 - v[0]; }, x);
  CHECK_GRADIENT([](Vars v) { return v[0] * Scalar(-1.5); }, x);
  CHECK_GRADIENT([](Vars v) { return v[0] / 3; }, x);
  CHECK_GRADIENT([](Vars v) { return 3 / v[0]; }, x);
  CHECK_GRADIENT([](Vars v) { return -v[0]; }, x);
  CHECK_GRADIENT([](Vars v) { return v[0] * v[0] + v[0] / v[0] - v[0]; }, x);
}

TEST_CASE("Arithmetic explains its numbers, with and without broadcasting") {
  for (const auto& [a, b] : kPairs) {
    const Tensor x = uniform(a, -2, 2), y = uniform(b, Scalar(0.5), 2, 1);
    CHECK_EXPLAINED([](Vars v) { return v[0] + v[1]; }, x, y);
    CHECK_EXPLAINED([](Vars v) { return v[0] - v[1]; }, x, y);
    CHECK_EXPLAINED([](Vars v) { return v[0] * v[1]; }, x, y);
    CHECK_EXPLAINED([](Vars v) { return v[0] / v[1]; }, x, y);
    CHECK_EXPLAINED([](Vars v) { return v[1] - v[0]; }, x, y);
  }
  const Tensor x = uniform({2, 3}, Scalar(0.5), 2);
  CHECK_EXPLAINED([](Vars v) { return v[0] + 3; }, x);
  CHECK_EXPLAINED([](Vars v) { return 3 - v[0]; }, x);
  CHECK_EXPLAINED([](Vars v) { return (v[0] - 3) * Scalar(-1.5); }, x);
  CHECK_EXPLAINED([](Vars v) { return v[0] / 3; }, x);
  CHECK_EXPLAINED([](Vars v) { return 3 / v[0]; }, x);
  CHECK_EXPLAINED([](Vars v) { return -v[0] * v[0]; }, x);
}

TEST_CASE("The formulas of arithmetic") {
  Tape tape;
  const Var a = tape.variable(uniform({2, 3}, 1, 2)).named("a"),
            b = tape.variable(uniform({3}, 1, 2)).named("b");
  const Var y = (a / b).named("y");
  const inspect::Trace trace(tape, sum((3 / (y * 2).named("u")) - b));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  const auto gradient = [&](const char* name, std::size_t i) {
    return trace.grad_events(trace.find(name)).at(i);
  };
  CHECK(formula(y.index(), 4) == "a[1,1] / b[1]");
  CHECK(formula(gradient("a", 0), 4) == "dy[1,1] * 1 / b[1]");
  CHECK(formula(gradient("b", 0), 1) == "sum over i of dsub[i,1] * -1");
  CHECK(formula(gradient("b", 1), 1) == "sum over i of dy[i,1] * -a[i,1] / b[1]^2");
  CHECK(formula(trace.find("u"), 5) == "y[1,2] * 2");
  CHECK(formula(gradient("y", 0), 5) == "du[1,2] * 2");
  CHECK(formula(gradient("u", 0), 5) == "ddiv[1,2] * -3 / u[1,2]^2");
}

TEST_CASE("Shapes that do not broadcast are an error that names both and the dimension") {
  Tape tape;
  const Var a = tape.input(Tensor::ones({2, 3})), b = tape.input(Tensor::ones({2, 4}));
  CHECK_THROWS_AS(a + b, ShapeError);
  const std::string text = message([&] { mul(a, b); });
  CHECK(contains(text, "mul (test_arithmetic.cpp:"));
  CHECK(contains(text, "[2,3]"));
  CHECK(contains(text, "[2,4]"));
  CHECK(contains(text, "dimension -1"));
  CHECK(contains(text, "have 3 and 4"));
  CHECK_THROWS_AS(tape.input(Tensor::ones({2})) - tape.input(Tensor::ones({0})), ShapeError);
}

TEST_CASE("A result for which there is no memory is an error of the op") {
  Tape tape;
  const Var row = tape.input(Tensor::zeros({1 << 22}));
  const std::string text = message([&] { add(reshape(row, {-1, 1}), row); });  // 2^44 elements
  CHECK(contains(text, "add (test_arithmetic.cpp:"));
  CHECK(contains(text, "out of memory"));
}

TEST_CASE("An operator's error names the line of the expression") {
  Tape tape;
  const Var a = tape.input(Tensor::ones({2})), b = tape.input(Tensor::ones({3}));
  const std::string here = std::to_string(__LINE__ + 1);
  CHECK(contains(message([&] { a - b; }), "sub (test_arithmetic.cpp:" + here + ")"));
}
