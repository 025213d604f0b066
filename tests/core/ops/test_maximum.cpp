#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "compare_support.h"
#include "explain_support.h"
#include "uniform.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

constexpr Scalar kBound = std::numeric_limits<Scalar>::infinity(),
                 kNoNumber = std::numeric_limits<Scalar>::quiet_NaN();

// Elevenths in a random order, and `more`: none is near one that lies half an eleventh beside.
Tensor elevenths(const Shape& shape, double more) {
  Tensor t = Tensor::zeros(shape);
  for (Index i = 0; i < t.numel(); i++) {
    t.mutable_data()[i] = static_cast<Scalar>((static_cast<double>(i * 7 % 11) + more) / 11);
  }
  return t;
}

// Whether these are the numbers of t, NaN for NaN.
bool is(const Tensor& t, const std::vector<Scalar>& numbers) {
  return std::ranges::equal(t.values(), numbers,
                            [](Scalar a, Scalar b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

}  // namespace

TEST_CASE("maximum and minimum choose element by element, and broadcast") {
  Tape tape;
  const Var column = tape.input(Tensor::from({2, 1}, {1, 5})), row = tape.input(Tensor::from({3}, {0, 3, 6}));
  CHECK(maximum(column, row).value().text() == "tensor([[1., 3., 6.],\n        [5., 5., 6.]])");
  CHECK(minimum(row, column).value().text() == "tensor([[0., 1., 1.],\n        [0., 3., 5.]])");
  CHECK(maximum(tape.input(Tensor::zeros({0, 3})), row).value().shape() == Shape{0, 3});
}

TEST_CASE("maximum and minimum take a number on either side") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({3}, {-1, 0, 2}));
  CHECK(maximum(x, 0).value().text() == "tensor([0., 0., 2.])");
  CHECK(minimum(1, x).value().text() == "tensor([-1.,  0.,  1.])");
  tape.backward(sum(maximum(0, x)));
  CHECK(x.grad().text() == "tensor([0.0000, 0.5000, 1.0000])");
}

TEST_CASE("At equal numbers, infinities and NaN maximum and minimum have PyTorch's values and gradients") {
  const Tensor a = Tensor::from({8}, {kNoNumber, 1, kNoNumber, 1, 2, kBound, kBound, -kBound});
  const Tensor b = Tensor::from({8}, {1, kNoNumber, kNoNumber, 1, 1, kBound, 1, 0});
  for (const Scalar dy : {Scalar(2), kBound}) {
    const Scalar half = dy / 2;
    const std::vector<Scalar> of_larger{dy, dy, dy, half, dy, half, dy, 0},
        of_smaller{dy, dy, dy, half, 0, half, 0, dy};
    Tape tape, other;
    const Var x = tape.variable(a), y = tape.variable(b), larger = maximum(x, y);
    tape.backward(larger, Tensor::full({8}, dy));
    CHECK(is(larger.value(), {kNoNumber, kNoNumber, kNoNumber, 1, 2, kBound, kBound, 0}));
    CHECK(is(x.grad(), of_larger));
    CHECK(is(y.grad(), of_smaller));
    const Var u = other.variable(a), v = other.variable(b), smaller = minimum(u, v);
    other.backward(smaller, Tensor::full({8}, dy));
    CHECK(is(smaller.value(), {kNoNumber, kNoNumber, kNoNumber, 1, 1, kBound, 1, -kBound}));
    CHECK(is(u.grad(), of_smaller));
    CHECK(is(v.grad(), of_larger));
  }
}

TEST_CASE("A number compared with itself takes all of its gradient") {
  Tape tape;
  const Var x = tape.variable(uniform({2, 3}));
  tape.backward(sum(maximum(x, x)));
  CHECK(x.grad().text() == Tensor::ones({2, 3}).text());
}

TEST_CASE("Gradients of maximum and minimum" * reel_test::in_double_alone()) {
  const std::vector<std::pair<Shape, Shape>> pairs{{{2, 3}, {2, 3}}, {{4, 1, 3}, {2, 1}}, {{}, {2, 2}}};
  for (const auto& [a, b] : pairs) {
    const Tensor x = elevenths(a, 0), y = elevenths(b, 3.5);
    CHECK_GRADIENT([](Vars v) { return maximum(v[0], v[1]); }, x, y);
    CHECK_GRADIENT([](Vars v) { return minimum(v[0], v[1]); }, x, y);
  }
}

TEST_CASE("maximum and minimum have the same bits at any thread count") {
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tape tape;
    const Var x = tape.variable(uniform({300})), y = minimum(tape.input(uniform({200, 300}, -1, 1, 1)), x);
    tape.backward(y, uniform(y.shape(), -1, 1, 2));
    return x.grad();
  }));
}

TEST_CASE("maximum and minimum say which number is taken, of equal ones the second") {
  Tape tape;
  const Var a = tape.variable(Tensor::from({2, 2}, {1, 4, 3, 5})).named("a");
  const Var b = tape.variable(Tensor::from({2}, {3, 2})).named("b");
  const inspect::Trace trace(tape, sum(maximum(a, b).named("y")));
  const auto said = [&](std::size_t event, Index element) {
    std::string notes;
    const auto e =
        trace.explain(event, element, [&](const Term& term) { notes += fmt::format("{}; ", term.note); });
    return e->formula + ": " + notes;
  };
  CHECK(said(2, 0) == "maximum(a[0,0], b[0]): not the larger; the larger; ");
  CHECK(said(2, 2) == "maximum(a[1,0], b[0]): equal; equal; ");
  CHECK(said(trace.grad_events(1).at(0), 0) ==
        "sum over i of dy[i,0], where b[0] is the larger; half where it equals a[i,0]: the larger; equal; ");
  CHECK(trace.why_zero(0, 0) == "b[0] = 3 is larger");
  CHECK(trace.facts(2).choices(std::vector{a.value(), b.value()}) == std::vector<Index>{0, 2, 1, 2});
}

TEST_CASE("maximum and minimum explain their numbers beside infinities and NaN") {
  const Tensor a = Tensor::from({4}, {kNoNumber, kBound, -kBound, 1}),
               b = Tensor::from({2, 1}, {1, kNoNumber});
  CHECK_EXPLAINED([](Vars v) { return maximum(v[0], v[1]); }, a, b);
  CHECK_EXPLAINED([](Vars v) { return minimum(v[0], v[1]); }, a, b);
}

TEST_CASE("maximum and minimum name the shapes that do not broadcast") {
  Tape tape;
  const Var a = tape.input(Tensor::ones({2, 3})), b = tape.input(Tensor::ones({2, 4}));
  CHECK_ERROR(maximum(a, b), "maximum (test_maximum.cpp:", "[2,3]", "[2,4]", "dimension -1");
  CHECK_ERROR(minimum(b, a), "minimum (test_maximum.cpp:");
}
