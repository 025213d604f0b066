#include <reel/core/inspect/terminal/detail/use.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "close.h"
#include "gradcheck_support.h"
#include "own_op.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::own_op;
using reel_test::uniform;

namespace {

std::vector<Use> all_uses(const Trace& trace, std::size_t node, Index element,
                          std::size_t time = Trace::kEnd) {
  std::vector<Use> uses;
  for_each_use(trace, node, element, time, [&](const Use& use) { uses.push_back(use); });
  return uses;
}

}  // namespace

TEST_CASE("The uses of a number carry its gradient") {
  Tape tape;
  const Var x = tape.variable(uniform({2, 2, 4, 4}, Scalar(0.2), 1)).named("x");
  const Var w = tape.variable(uniform({2, 2, 3, 3}, -1, 1, 1)).named("w");
  const Var z = conv2d(x, w, {}, {.padding = 1});
  const Var y = max_pool2d(relu(z) + x, 2) * tanh(mean(x));
  const Trace trace(tape, sum(log(softmax(flatten(y)))));
  for (std::size_t node = 0; node < trace.loss(); node++) {
    std::vector<double> sums, gradient;
    for (Index i = 0; i < trace.nodes()[node].shape.numel(); i += 5) {
      sums.push_back(0);
      for (const Use& use : all_uses(trace, node, i)) sums.back() += use.product();
      gradient.push_back(trace.grad(node).data()[i]);
    }
    CHECK_CLOSE(sums, gradient);
  }
}

TEST_CASE("Where no explanation tells the uses of a number, differences do") {
  Tape tape;
  const Var x = tape.input(Tensor::from({3}, {1, 2, 3})).named("x");
  const Var w = tape.variable(Tensor::from({3}, {4, 5, 6})).named("w");
  const Var y = x * w;
  const Var s = own_op("silent", y);
  const Trace trace(tape, sum(s));
  const std::vector<Use> of_input = all_uses(trace, x.index(), 1), of_product = all_uses(trace, y.index(), 1);
  REQUIRE(of_input.size() == 1);
  CHECK(of_input[0].op == y.index());
  CHECK(of_input[0].element == 1);
  CHECK_CLOSE(of_input[0].slope, 5, reel_test::kSlopeTolerance);
  CHECK(of_input[0].dy == 2);
  CHECK(of_input[0].term == nullptr);
  REQUIRE(of_product.size() == 1);
  CHECK(of_product[0].op == s.index());
  CHECK_CLOSE(of_product[0].slope, 2, reel_test::kSlopeTolerance);
  CHECK(of_product[0].dy == 1);
}

TEST_CASE("Uses count from when their gradient is there") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {1})).named("x");
  const Var p = exp(x), q = x * Scalar(3);
  const Trace trace(tape, sum(p + q));
  const std::vector<std::size_t> events = trace.grad_events(x.index());
  REQUIRE(events.size() == 2);
  CHECK(all_uses(trace, x.index(), 0, events[0]).empty());
  const std::vector<Use> first = all_uses(trace, x.index(), 0, events[0] + 1);
  REQUIRE(first.size() == 1);
  CHECK(first[0].slope == 3);
  CHECK(all_uses(trace, x.index(), 0).size() == 2);
}

TEST_CASE("Terms of one element of an op's output are one use") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 3}, {3, 1, 2})).named("x");
  const Var square = x * x, s = softmax(x);
  const Trace trace(tape, sum(square) + sum(square * s));
  std::vector<std::pair<std::size_t, Index>> numbers;
  for (const Use& use : all_uses(trace, x.index(), 0)) {
    numbers.emplace_back(use.op, use.element);
    if (use.op == square.index()) CHECK(use.slope == 6);
    if (use.op == square.index()) CHECK(use.note() == "sum of 2 terms");
  }
  std::ranges::sort(numbers);
  CHECK(numbers == std::vector<std::pair<std::size_t, Index>>{
                       {square.index(), 0}, {s.index(), 0}, {s.index(), 1}, {s.index(), 2}});
}

TEST_CASE("An op that reads a number but does not move is told apart") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2}, {1, 2})).named("x");
  const Var w = tape.variable(Tensor::from({2}, {4, 5}));
  const Var far = x + Scalar(1e20);
  const Trace trace(tape, sum(far * w));
  std::vector<Use> uses;
  CHECK(for_each_use(trace, x.index(), 0, Trace::kEnd, [&](const Use& use) { uses.push_back(use); }) ==
        std::vector<std::size_t>{far.index()});
  CHECK(uses.empty());
}
