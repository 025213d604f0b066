#include <limits>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {
using Vars = std::span<const Var>;
}

TEST_CASE("concat joins parts of different sizes along any dimension") {
  Tape tape;
  const Var a = tape.input(Tensor::from({2, 2}, {1, 2, 3, 4})), b = tape.input(Tensor::from({2, 1}, {5, 6}));
  CHECK(concat({a, b}, 1).value().text() == "tensor([[1., 2., 5.],\n        [3., 4., 6.]])");
  CHECK(concat({a, b, a}, -1).shape() == Shape{2, 5});
  const Var c = tape.input(Tensor::from({1, 2}, {7, 8}));
  CHECK(concat({a, c}).value().text() == "tensor([[1., 2.],\n        [3., 4.],\n        [7., 8.]])");
  CHECK(concat({a, tape.input(Tensor::zeros({0, 2}))}).shape() == Shape{2, 2});
}

TEST_CASE("stack joins equal shapes along a new dimension") {
  Tape tape;
  const Var a = tape.input(Tensor::from({2}, {1, 2})), b = tape.input(Tensor::from({2}, {3, 4}));
  CHECK(stack({a, b}).value().text() == "tensor([[1., 2.],\n        [3., 4.]])");
  CHECK(stack({a, b}, -1).value().text() == "tensor([[1., 3.],\n        [2., 4.]])");
  CHECK(stack({tape.input(Tensor::full({}, 1)), tape.input(Tensor::full({}, 2))}).shape() == Shape{2});
}

TEST_CASE("slice takes ranges with steps, and counts negative positions from the end") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(10));
  const auto text = [&](Range range) { return slice(x, 0, range).value().text(); };
  CHECK(text({2, 5}) == "tensor([2., 3., 4.])");
  CHECK(text({-3, 10}) == "tensor([7., 8., 9.])");
  CHECK(text({0, -6}) == "tensor([0., 1., 2., 3.])");
  CHECK(text({1, 8, 3}) == "tensor([1., 4., 7.])");
  CHECK(text({1, 7, 3}) == "tensor([1., 4.])");
  CHECK(text({5, 5}) == "tensor([])");
  CHECK(text({6, 2}) == "tensor([])");
  // As Python: positions beyond the ends are cut off, and a half that is not given is the end on its side.
  CHECK(text({2}) == "tensor([2., 3., 4., 5., 6., 7., 8., 9.])");
  CHECK(text({-2}) == "tensor([8., 9.])");
  CHECK(text({.end = 2}) == "tensor([0., 1.])");
  CHECK(text({.end = -8}) == "tensor([0., 1.])");
  CHECK(text({.step = 4}) == "tensor([0., 4., 8.])");
  CHECK(text({8, 100}) == "tensor([8., 9.])");
  CHECK(text({-100, 2}) == "tensor([0., 1.])");
  CHECK(text({100, 200}) == "tensor([])");
  CHECK(text({-100, -50}) == "tensor([])");
  CHECK(text({-1, -100}) == "tensor([])");
  CHECK(text({std::numeric_limits<Index>::min(), std::numeric_limits<Index>::max(), 9}) ==
        "tensor([0., 9.])");
  const Var m = tape.input(Tensor::arange(12).reshape({3, 4}));
  CHECK(slice(m, 1, {1, 4, 2}).value().text() ==
        "tensor([[ 1.,  3.],\n        [ 5.,  7.],\n        [ 9., 11.]])");
  CHECK(slice(m, -2, {0, 3, 2}).value().text() ==
        "tensor([[ 0.,  1.,  2.,  3.],\n        [ 8.,  9., 10., 11.]])");
}

TEST_CASE("A step beyond the end takes one position, however large it is") {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(12).reshape({4, 3}));
  const Var y = slice(x, 0, {1, 4, Index{1} << 62});
  CHECK(y.value().text() == "tensor([[3., 4., 5.]])");
  CHECK(slice(x, 0, {1, 4, 3}).value().text() == "tensor([[3., 4., 5.]])");
  tape.backward(sum(y));
  CHECK(x.grad().reshape({12}).text() == "tensor([0., 0., 0., 1., 1., 1., 0., 0., 0., 0., 0., 0.])");
}

TEST_CASE("Results that are too large for a shape are errors of the op") {
  Tape tape;
  const Var image = tape.input(Tensor::zeros({1, 1, 2, 2}));
  const Var deep = tape.input(Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1}));
  CHECK_THROWS_WITH_AS(pad2d(image, Index{1} << 62), doctest::Contains("pad2d (test_parts.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(stack({deep, deep}), doctest::Contains("stack (test_parts.cpp:"), ShapeError);
}

TEST_CASE("pad2d frames each image") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, 1, 1, 2}));
  CHECK(pad2d(x, {1, 0, 0, 2}, 7).value().text() ==
        "tensor([[[[7., 7., 7., 7.],\n          [1., 1., 7., 7.]]]])");
  CHECK(pad2d(tape.input(Tensor::ones({2, 3, 4, 5})), 2).shape() == Shape{2, 3, 8, 9});
  CHECK(sum(pad2d(tape.input(Tensor::ones({2, 3, 4, 5})), {1, 3})).item() == 120);
}

TEST_CASE("select takes one position of a dimension and drops the dimension") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(6).reshape({2, 3}));
  CHECK(select(x, 0, 1).value().text() == "tensor([3., 4., 5.])");
  CHECK(select(x, 1, 0).value().text() == "tensor([0., 3.])");
  CHECK(select(x, -1, -1).value().text() == "tensor([2., 5.])");
  CHECK(select(x, 0, -2).value().text() == "tensor([0., 1., 2.])");
  CHECK(select(select(x, 0, 1), 0, 2).item() == 5);
  CHECK(select(tape.input(Tensor::arange(3).reshape({3, 1})), 0, 1).shape() == Shape{1});
  CHECK(select(tape.input(Tensor::zeros({0, 3})), 1, 2).shape() == Shape{0});
  CHECK(select(tape.input(Tensor::zeros({3, 0})), 0, -3).shape() == Shape{0});
}

TEST_CASE("Gradients of select" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 3, 4});
  CHECK_GRADIENT([](Vars v) { return select(v[0], 1, -1); }, x);
  CHECK_GRADIENT([](Vars v) { return select(v[0], 0, 0) * select(v[0], 0, 1); }, x);
  CHECK_GRADIENT([](Vars v) { return select(v[0], 1, 2); }, uniform({2, 3}));
}

TEST_CASE("select refuses a position or a dimension that is not there, by its own name") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3}));
  CHECK_ERROR(select(x, 1, 3), "select (test_parts.cpp:",
              "index 3 is out of range for dimension 1 of input [2,3], which has 3");
  CHECK_ERROR(select(x, -2, -3), "index -3 is out of range for dimension 0 of input [2,3], which has 2");
  CHECK_ERROR(select(tape.input(Tensor::zeros({0, 3})), 0, 0), "index 0 is out of range", "which has 0");
  CHECK_ERROR(select(x, 2, 0), "select (test_parts.cpp:", "dimension 2 is out of range");
  CHECK_ERROR(select(tape.input(Tensor::full({}, 1)), 0, 0), "select", "which has 0");
}

TEST_CASE("chunk splits a dimension as PyTorch does, where it does not divide too") {
  Tape tape;
  const auto sizes = [&](Index n, Index chunks) {
    std::vector<Index> result;
    for (const Var& part : chunk(tape.input(Tensor::zeros({2, n})), chunks, 1)) {
      CHECK(part.size(0) == 2);
      result.push_back(part.size(1));
    }
    return result;
  };
  CHECK(sizes(6, 3) == std::vector<Index>{2, 2, 2});
  CHECK(sizes(7, 3) == std::vector<Index>{3, 3, 1});
  CHECK(sizes(6, 4) == std::vector<Index>{2, 2, 2});
  CHECK(sizes(9, 5) == std::vector<Index>{2, 2, 2, 2, 1});
  CHECK(sizes(2, 5) == std::vector<Index>{1, 1});
  CHECK(sizes(5, 1) == std::vector<Index>{5});
  CHECK(sizes(0, 3) == std::vector<Index>{0, 0, 0});
  const std::vector<Var> parts = chunk(tape.input(Tensor::arange(5)), 2);
  CHECK(parts[0].value().text() == "tensor([0., 1., 2.])");
  CHECK(parts[1].value().text() == "tensor([3., 4.])");
  CHECK(chunk(tape.input(Tensor::zeros({0, 4})), 2, -1)[1].shape() == Shape{0, 2});
}

TEST_CASE("Gradients of chunk" * reel_test::in_double_alone()) {
  CHECK_GRADIENT(
      [](Vars v) {
        const auto parts = chunk(v[0], 2, -1);
        return parts[0] * parts[0] * sum(parts[1]);
      },
      uniform({2, 3}));
}

TEST_CASE("chunk refuses a count below 1 and a dimension that is not there, by its own name") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3}));
  CHECK_THROWS_WITH_AS(chunk(x, 0), doctest::Contains("chunks is 0, it must be 1 or more"), Error);
  CHECK_THROWS_WITH_AS(chunk(x, -2), doctest::Contains("chunk (test_parts.cpp:"), Error);
  CHECK_ERROR(chunk(x, 2, 2), "chunk (test_parts.cpp:", "dimension 2 is out of range for input [2,3]");
  CHECK_ERROR(chunk(tape.input(Tensor::full({}, 1)), 1), "chunk", "which has 0");
}

TEST_CASE("Gradients of concat, stack, slice and pad2d" * reel_test::in_double_alone()) {
  const Tensor a = uniform({2, 3, 2}), b = uniform({2, 2, 2}, -1, 1, 1);
  CHECK_GRADIENT([](Vars v) { return concat({v[0], v[1], v[0]}, 1); }, a, b);
  CHECK_GRADIENT([](Vars v) { return stack({v[0], v[1]}, 1); }, a, uniform({2, 3, 2}, -1, 1, 2));
  CHECK_GRADIENT([](Vars v) { return slice(v[0], 1, {0, 3, 2}); }, a);
  CHECK_GRADIENT([](Vars v) { return slice(v[0], 0, {-1, 2}); }, a);
  CHECK_GRADIENT([](Vars v) { return slice(v[0], 2, {0, 1}) * slice(v[0], 2, {1, 2}); }, a);
  CHECK_GRADIENT([](Vars v) { return pad2d(v[0], {1, 0, 2, 1}, 3); }, uniform({2, 2, 3, 2}));
}

TEST_CASE("concat, stack, slice and pad2d explain their numbers") {
  const Tensor a = uniform({2, 3, 2}), b = uniform({2, 2, 2}, -1, 1, 1);
  CHECK_EXPLAINED([](Vars v) { return concat({v[0], v[1], v[0]}, 1); }, a, b);
  CHECK_EXPLAINED([](Vars v) { return concat({v[0], v[1]}, -2); }, Tensor::zeros({2, 0, 2}), b);
  CHECK_EXPLAINED([](Vars v) { return stack({v[0], v[1]}, 1); }, a, uniform({2, 3, 2}, -1, 1, 2));
  CHECK_EXPLAINED([](Vars v) { return stack({v[0], v[0]}, -1); }, a);
  CHECK_EXPLAINED([](Vars v) { return slice(v[0], 1, {0, 3, 2}); }, a);
  CHECK_EXPLAINED([](Vars v) { return slice(v[0], -2, {1, 3}); }, a);
  CHECK_EXPLAINED([](Vars v) { return slice(v[0], 0, {-1, 2}); }, a);
  CHECK_EXPLAINED([](Vars v) { return pad2d(v[0], {1, 0, 2, 1}, 3); }, uniform({2, 2, 3, 2}));
}

TEST_CASE("The formulas of concat, slice and pad2d") {
  Tape tape;
  const Var a = tape.variable(uniform({1, 1, 2, 3})).named("a"),
            b = tape.variable(uniform({1, 1, 2, 3})).named("b");
  const Var c = concat({a, b}, 3).named("c"), s = slice(c, 3, {1, 6, 2}).named("s");
  const inspect::Trace trace(tape, sum(pad2d(s, {1, 0, 0, 0}, 7).named("p")));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(c.index(), 10) == "b[0,0,1,1]");
  CHECK(formula(s.index(), 4) == "c[0,0,1,3]");
  CHECK(formula(trace.find("p"), 1) == "7");
  CHECK(formula(trace.find("p"), 4) == "s[0,0,0,1]");
  CHECK(formula(trace.grad_events(s.index()).at(0), 4) == "dp[0,0,2,1]");
  CHECK(formula(trace.grad_events(c.index()).at(0), 9) == "ds[0,0,1,1]");
  CHECK(trace.why_zero(c.index(), 8) == "not read");
  CHECK(formula(trace.grad_events(b.index()).at(0), 4) == "dc[0,0,1,4]");
}

TEST_CASE("Parts that do not fit are errors that name the part") {
  Tape tape;
  const Var a = tape.input(Tensor::zeros({2, 3})), b = tape.input(Tensor::zeros({2, 4})),
            c = tape.input(Tensor::zeros({2}));
  CHECK_THROWS_WITH_AS(concat({a, a, b}), doctest::Contains("part 2 is [2,4], part 0 is [2,3]"), ShapeError);
  CHECK_THROWS_WITH_AS(concat({a, c}), doctest::Contains("part 1 is [2]"), ShapeError);
  CHECK_THROWS_WITH_AS(concat({a, a}, 2), doctest::Contains("dimension 2 is out of range"), ShapeError);
  CHECK_THROWS_WITH_AS(concat(std::span<const Var>()), doctest::Contains("no parts are given"), Error);
  CHECK_THROWS_WITH_AS(stack({a, b}), doctest::Contains("part 1 is [2,4], part 0 is [2,3]"), ShapeError);
  CHECK_THROWS_WITH_AS(stack({a, a}, 3), doctest::Contains("new dimension 3 is out of range"), ShapeError);
  CHECK_THROWS_WITH_AS(stack(std::span<const Var>()), doctest::Contains("no parts are given"), Error);
}

TEST_CASE("slice and pad2d refuse what makes no sense") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({4, 3}));
  CHECK_THROWS_WITH_AS(slice(x, 0, {0, 4, 0}), doctest::Contains("step is 0; it must be at least 1"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(slice(x, 0, {0, 4, -1}), doctest::Contains("step is -1"), ShapeError);
  CHECK_THROWS_WITH_AS(slice(x, 2, {0, 1}), doctest::Contains("dimension 2 is out of range"), ShapeError);
  CHECK_THROWS_WITH_AS(pad2d(x, 1), doctest::Contains("[N,C,H,W] is expected"), ShapeError);
  CHECK_THROWS_WITH_AS(pad2d(tape.input(Tensor::zeros({1, 1, 2, 2})), {0, -1, 0, 0}),
                       doctest::Contains("padding is 0, -1, 0, 0 (top, bottom, left, right)"), ShapeError);
}
