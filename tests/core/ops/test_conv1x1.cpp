#include <doctest/doctest.h>
#include <reel/core/ops/ops.h>
#include <reel/core/ops/reference.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {
using Vars = std::span<const Var>;
}

TEST_CASE("conv1x1 is conv2d with a kernel of one pixel") {
  const Tensor x = uniform({3, 5, 4, 6}), weight = uniform({7, 5, 1, 1}, -1, 1, 1),
               bias = uniform({7}, -1, 1, 2);
  const Tensor expected = reference::conv2d(x, weight, bias);
  Tape tape;
  const Var images = tape.input(x), matrix = tape.input(weight.reshape({7, 5}));
  CHECK_CLOSE(conv1x1(images, matrix, tape.input(bias)).value(), expected);
  CHECK_CLOSE(conv1x1(images, tape.input(weight)).value(), reference::conv2d(x, weight));
}

TEST_CASE("Gradients of conv1x1" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 3, 2, 4}), bias = uniform({5}, -1, 1, 2);
  CHECK_GRADIENT([](Vars v) { return conv1x1(v[0], v[1], v[2]); }, x, uniform({5, 3}, -1, 1, 1), bias);
  CHECK_GRADIENT([](Vars v) { return conv1x1(v[0], v[1]); }, x, uniform({5, 3, 1, 1}, -1, 1, 1));
}

TEST_CASE("conv1x1 explains its numbers, without a loop over one pixel") {
  const Tensor x = uniform({2, 3, 2, 4}), bias = uniform({5}, -1, 1, 2);
  CHECK_EXPLAINED([](Vars v) { return conv1x1(v[0], v[1], v[2]); }, x, uniform({5, 3}, -1, 1, 1), bias);
  CHECK_EXPLAINED([](Vars v) { return conv1x1(v[0], v[1]); }, x, uniform({5, 3, 1, 1}, -1, 1, 1));
  Tape tape;
  const Var w = tape.variable(uniform({5, 3}, -1, 1, 1)).named("w");
  const Var y = conv1x1(tape.variable(x).named("x"), w).named("y");
  const inspect::Trace trace(tape, mse_loss(y, Tensor::zeros(y.shape())));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(y.index(), 9) == "sum over c of x[0,c,0,1] * w[1,c]");
  CHECK(formula(trace.grad_events(trace.find("x")).at(0), 9) == "sum over o of dy[0,o,0,1] * w[o,1]");
  CHECK(formula(trace.grad_events(w.index()).at(0), 4) == "sum over n,i,j of dy[n,1,i,j] * x[n,1,i,j]");
}

TEST_CASE("conv1x1 has the same bits at any thread count") {
  const Tensor x = uniform({9, 16, 12, 12}), weight = uniform({32, 16}, -1, 1, 1);
  for (const int part : {0, 1, 2}) {
    CHECK(reel_test::same_bits_at_any_thread_count([&] {
      Tape tape;
      const Var a = tape.variable(x), b = tape.variable(weight), y = conv1x1(a, b);
      tape.backward(y, Tensor::ones(y.shape()));
      return part == 0 ? y.value() : part == 1 ? a.grad() : b.grad();
    }));
  }
}

TEST_CASE("conv1x1 says what does not fit") {
  Tape tape;
  const auto zeros = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  const Var x = zeros({1, 3, 4, 4});
  CHECK_ERROR(conv1x1(x, zeros({2, 4})), "conv1x1", "input has 3 channels, weight [2,4] wants 4");
  CHECK_ERROR(conv1x1(x, zeros({2, 3, 3, 3})), "weight is [2,3,3,3]", "[C_out,C_in,1,1]");
  CHECK_ERROR(conv1x1(x, zeros({2, 3, 1})), "weight is [2,3,1]");
  CHECK_ERROR(conv1x1(x, zeros({2, 3}), zeros({3})), "bias is [3], [2] is wanted");
  CHECK_ERROR(conv1x1(zeros({3, 4, 4}), zeros({2, 3})), "reshape");
}
