#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {
using Vars = std::span<const Var>;
}

TEST_CASE("reshape and flatten share the elements of their input") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(24).reshape({2, 3, 4}));
  const Var y = reshape(x, {4, -1}), z = flatten(x);
  CHECK(y.shape() == Shape{4, 6});
  CHECK(z.shape() == Shape{2, 12});
  CHECK(flatten(x, 0).shape() == Shape{24});
  CHECK(flatten(x, -1).shape() == Shape{2, 3, 4});
  CHECK(y.value().shares_storage(x.value()));
  CHECK(z.value().shares_storage(x.value()));
  CHECK(flatten(tape.input(Tensor::zeros({0, 3, 4}))).shape() == Shape{0, 12});
}

TEST_CASE("squeeze drops dimensions of size 1, and one that is named alone if it is of size 1") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(6).reshape({1, 2, 1, 3}));
  CHECK(squeeze(x).value().text() == "tensor([[0., 1., 2.],\n        [3., 4., 5.]])");
  CHECK(squeeze(x).value().shares_storage(x.value()));
  CHECK(squeeze(x, 0).shape() == Shape{2, 1, 3});
  CHECK(squeeze(x, -2).shape() == Shape{1, 2, 3});
  CHECK(squeeze(x, 1).shape() == x.shape());
  CHECK(squeeze(x, -1).shape() == x.shape());
  CHECK(squeeze(tape.input(Tensor::zeros({0, 1, 3}))).shape() == Shape{0, 3});
  CHECK(squeeze(tape.input(Tensor::zeros({0, 1, 3})), 0).shape() == Shape{0, 1, 3});
  CHECK(squeeze(tape.input(Tensor::full({1, 1}, 5))).shape() == Shape{});
  CHECK(squeeze(tape.input(Tensor::full({}, 5))).shape() == Shape{});
}

TEST_CASE("unsqueeze puts a dimension of size 1 where it stands in the result") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(6).reshape({2, 3}));
  CHECK(unsqueeze(x, 0).shape() == Shape{1, 2, 3});
  CHECK(unsqueeze(x, 1).shape() == Shape{2, 1, 3});
  CHECK(unsqueeze(x, 2).shape() == Shape{2, 3, 1});
  CHECK(unsqueeze(x, -1).shape() == Shape{2, 3, 1});
  CHECK(unsqueeze(x, -3).shape() == Shape{1, 2, 3});
  CHECK(unsqueeze(x, 1).value().shares_storage(x.value()));
  CHECK(unsqueeze(tape.input(Tensor::zeros({0, 3})), 0).shape() == Shape{1, 0, 3});
  CHECK(unsqueeze(tape.input(Tensor::full({}, 5)), -1).shape() == Shape{1});
}

TEST_CASE("transpose and permute reorder dimensions") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(6).reshape({2, 3}));
  CHECK(transpose(x, 0, 1).value().text() == "tensor([[0., 3.],\n        [1., 4.],\n        [2., 5.]])");
  const Tensor t = uniform({2, 3, 4, 5});
  const Tensor y = permute(tape.input(t), {2, 0, -1, 1}).value();
  REQUIRE(y.shape() == Shape{4, 2, 5, 3});
  bool equal = true;
  for (Index a = 0; a < 2; a++)
    for (Index b = 0; b < 3; b++)
      for (Index c = 0; c < 4; c++)
        for (Index d = 0; d < 5; d++) equal = equal && y.at(c, a, d, b) == t.at(a, b, c, d);
  CHECK(equal);
  CHECK(permute(tape.input(Tensor::zeros({0, 2, 3})), {2, 0, 1}).shape() == Shape{3, 0, 2});
}

TEST_CASE("Gradients of reshape, flatten, transpose and permute" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 3, 4});
  CHECK_GRADIENT([](Vars v) { return reshape(v[0], {4, 6}); }, x);
  CHECK_GRADIENT([](Vars v) { return flatten(v[0]); }, x);
  CHECK_GRADIENT([](Vars v) { return transpose(v[0], 0, -1); }, x);
  CHECK_GRADIENT([](Vars v) { return permute(v[0], {1, 2, 0}); }, x);
  const Tensor thin = uniform({1, 2, 1, 3});
  CHECK_GRADIENT([](Vars v) { return squeeze(v[0]); }, thin);
  CHECK_GRADIENT([](Vars v) { return squeeze(v[0], 2) * squeeze(v[0], 1); }, thin);
  CHECK_GRADIENT([](Vars v) { return unsqueeze(v[0], 1) * unsqueeze(v[0], 0); }, thin);
  CHECK_GRADIENT([](Vars v) { return reshape(v[0], {24}) * flatten(v[0], 0); }, x);
}

TEST_CASE("reshape, flatten, transpose and permute explain their numbers") {
  const Tensor x = uniform({2, 3, 4});
  CHECK_EXPLAINED([](Vars v) { return reshape(v[0], {4, 6}); }, x);
  CHECK_EXPLAINED([](Vars v) { return flatten(v[0]); }, x);
  CHECK_EXPLAINED([](Vars v) { return transpose(v[0], 0, -1); }, x);
  CHECK_EXPLAINED([](Vars v) { return permute(v[0], {1, 2, 0}); }, x);
  CHECK_EXPLAINED([](Vars v) { return reshape(v[0], {1, 1}); }, Tensor::full({}, 3));
  Tape tape;
  const Var a = tape.variable(x).named("a");
  const inspect::Trace trace(tape, sum(permute(flatten(a).named("b"), {1, 0}).named("c")));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(1, 13) == "a[1,0,1]");
  CHECK(formula(2, 3) == "b[1,1]");
  CHECK(formula(trace.grad_events(1).at(0), 13) == "dc[1,1]");
  CHECK(formula(trace.grad_events(0).at(0), 13) == "db[1,1]");
}

TEST_CASE("Shapes and orders that do not fit are errors") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3}));
  CHECK_THROWS_WITH_AS(reshape(x, {4, 2}), doctest::Contains("[2,3] has 6 elements, [4,2] cannot hold them"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(reshape(x, {4, -1}), doctest::Contains("reshape (test_shapes.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(reshape(x, {-1, -1}), doctest::Contains("only one size may be -1"), ShapeError);
  {
    const Scope scope("block", {}, Scope::Lines::kOwnLine);
    CHECK_THROWS_WITH_AS(reshape(x, {4, 2}), doctest::Contains("reshape \"block\" (test_shapes.cpp:"),
                         ShapeError);
    CHECK_THROWS_WITH_AS(reshape(x, {-3, 2}), doctest::Contains("\"block\" (test_shapes.cpp:"), ShapeError);
    CHECK_THROWS_WITH_AS(reshape(x, {Index{1} << 40, Index{1} << 40}),
                         doctest::Contains("\"block\" (test_shapes.cpp:"), ShapeError);
    CHECK_THROWS_WITH_AS(reshape(x, {1, 1, 1, 1, 1, 1, 1, 1, 6}), doctest::Contains("more than 8 dimensions"),
                         ShapeError);
  }
  CHECK_THROWS_WITH_AS(flatten(x, 2), doctest::Contains("dimension 2 is out of range"), ShapeError);
  CHECK_THROWS_WITH_AS(squeeze(x, 2), doctest::Contains("squeeze (test_shapes.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(squeeze(x, -3), doctest::Contains("dimension -3 is out of range for input [2,3]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(squeeze(tape.input(Tensor::full({}, 5)), 0), doctest::Contains("which has 0"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(unsqueeze(x, 3), doctest::Contains("unsqueeze (test_shapes.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(
      unsqueeze(x, -4),
      doctest::Contains("new dimension -4 is out of range for input [2,3]: the result has 3"), ShapeError);
  CHECK_THROWS_WITH_AS(unsqueeze(tape.input(Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1})), 0),
                       doctest::Contains("unsqueeze (test_shapes.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(transpose(x, 0, 2), doctest::Contains("dimension 2 is out of range"), ShapeError);
  CHECK_THROWS_WITH_AS(permute(x, {0}), doctest::Contains("order has 1 dimensions, input [2,3] has 2"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(permute(x, {1, -1}), doctest::Contains("twice"), ShapeError);
}
