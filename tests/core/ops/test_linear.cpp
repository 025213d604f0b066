#include <doctest/doctest.h>
#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {
using Vars = std::span<const Var>;
}

TEST_CASE("linear is x weight^T + bias for rows of any dimension") {
  Tape tape;
  const Var weight = tape.input(Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6})),
            bias = tape.input(Tensor::from({2}, {10, 20}));
  const Var x = tape.input(Tensor::from({2, 3}, {1, 0, 0, 1, 1, 1}));
  CHECK(linear(x, weight, bias).value().text() == "tensor([[11., 24.],\n        [16., 35.]])");
  CHECK(linear(x, weight).value().text() == "tensor([[ 1.,  4.],\n        [ 6., 15.]])");
  CHECK(linear(tape.input(Tensor::ones({3})), weight).value().text() == "tensor([ 6., 15.])");
  CHECK(linear(tape.input(Tensor::ones({4, 5, 3})), weight, bias).shape() == Shape{4, 5, 2});
}

TEST_CASE("Gradients of linear" * reel_test::in_double_alone()) {
  const Tensor weight = uniform({5, 3}, -1, 1, 1), bias = uniform({5}, -1, 1, 2);
  CHECK_GRADIENT([](Vars v) { return linear(v[0], v[1], v[2]); }, uniform({4, 3}), weight, bias);
  CHECK_GRADIENT([](Vars v) { return linear(v[0], v[1], v[2]); }, uniform({2, 4, 3}), weight, bias);
  CHECK_GRADIENT([](Vars v) { return linear(v[0], v[1]); }, uniform({3}), weight);
}

TEST_CASE("linear explains its numbers") {
  const Tensor weight = uniform({5, 3}, -1, 1, 1), bias = uniform({5}, -1, 1, 2);
  CHECK_EXPLAINED([](Vars v) { return linear(v[0], v[1], v[2]); }, uniform({4, 3}), weight, bias);
  CHECK_EXPLAINED([](Vars v) { return linear(v[0], v[1], v[2]); }, uniform({2, 4, 3}), weight, bias);
  CHECK_EXPLAINED([](Vars v) { return linear(v[0], v[1]); }, uniform({3}), weight);
}

TEST_CASE("The formulas of linear") {
  Tape tape;
  const Var x = tape.variable(uniform({4, 3})).named("x"), w = tape.variable(uniform({5, 3})).named("w"),
            b = tape.variable(uniform({5})).named("b");
  const inspect::Trace trace(tape, sum(linear(x, w, b).named("y")));
  const auto text = [&](std::size_t event, Index element) {
    const auto said = trace.explain(event, element, [](const Term&) {});
    return said->place + ": " + said->formula;
  };
  const auto gradient = [&](Var v) { return trace.grad_events(v.index()).at(0); };
  CHECK(text(trace.find("y"), 7) == "row 1 of x · row 2 of w + b: sum over k of x[1,k] * w[2,k] + b[2]");
  CHECK(text(gradient(x), 5) == "row 1 of dy · column 2 of w: sum over j of dy[1,j] * w[j,2]");
  CHECK(text(gradient(w), 5) == "column 1 of dy · column 2 of x: sum over i of dy[i,1] * x[i,2]");
  CHECK(text(gradient(b), 3) == "of 4 elements: sum over i of dy[i,3]");
}

TEST_CASE("linear has the same bits at any thread count") {
  const Tensor x = uniform({300, 400}), weight = uniform({120, 400}, -1, 1, 1),
               bias = uniform({120}, -1, 1, 2);
  for (const int part : {0, 1, 2, 3}) {
    CHECK(reel_test::same_bits_at_any_thread_count([&] {
      Tape tape;
      const Var a = tape.variable(x), b = tape.variable(weight), c = tape.variable(bias), y = linear(a, b, c);
      tape.backward(y, uniform(y.shape(), -1, 1, 3));
      return part == 0 ? y.value() : (part == 1 ? a : part == 2 ? b : c).grad();
    }));
  }
}

TEST_CASE("linear says what does not fit") {
  Tape tape;
  const auto zeros = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  CHECK_ERROR(linear(zeros({2, 16, 5, 5}), zeros({10, 400})), "linear", "5 features", "[10,400] wants 400",
              "flatten");
  CHECK_ERROR(linear(zeros({2, 3}), zeros({3})), "weight is [3], [out,in] is wanted");
  CHECK_ERROR(linear(zeros({2, 3}), zeros({0, 3})), "weight is [0,3]");
  CHECK_ERROR(linear(zeros({}), zeros({2, 3})), "scalar");
  CHECK_ERROR(linear(zeros({2, 3}), zeros({2, 3}), zeros({3})), "bias is [3], [2] is wanted");
}
