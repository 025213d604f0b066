#include <algorithm>
#include <cmath>
#include <type_traits>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

// The textbook loop: the elements of x summed to where their kept indices lead.
std::vector<double> sums(const Tensor& x, const std::vector<Index>& dims) {
  const auto reduced = [&](Index d) { return std::find(dims.begin(), dims.end(), d) != dims.end(); };
  Index outputs = 1;
  for (Index d = 0; d < x.dim(); d++) outputs *= reduced(d) ? 1 : x.size(d);
  std::vector<double> result(static_cast<std::size_t>(outputs));
  for (Index i = 0; i < x.numel(); i++) {
    Index rest = i, to = 0, stride = 1;
    for (Index d = x.dim(); d-- > 0; rest /= x.size(d)) {
      if (reduced(d)) continue;
      to += rest % x.size(d) * stride;
      stride *= x.size(d);
    }
    result[static_cast<std::size_t>(to)] += x.values()[static_cast<std::size_t>(i)];
  }
  return result;
}

Dims dims_of(const std::vector<Index>& values) {
  Dims dims(0);
  dims.values = values;
  return dims;
}

}  // namespace

TEST_CASE("sum, mean and max over all elements") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2, 3}, {1, 2, 3, 4, 5, -9}));
  CHECK(sum(x).item() == 6);
  CHECK(mean(x).item() == 1);
  CHECK(max(x).item() == 5);
  CHECK(sum(x).shape() == Shape{});
  CHECK(sum(tape.input(Tensor::full({}, 7))).item() == 7);
}

TEST_CASE("Reductions over dimensions, with and without keeping them") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(6).reshape({2, 3}));
  CHECK(sum(x, 0).value().text() == "tensor([3., 5., 7.])");
  CHECK(sum(x, -1).value().text() == "tensor([ 3., 12.])");
  CHECK(mean(x, 1).value().text() == "tensor([1., 4.])");
  CHECK(max(x, 0).value().text() == "tensor([3., 4., 5.])");
  CHECK(sum(x, {0, 1}).shape() == Shape{});
  CHECK(sum(x, 1, {.keepdim = true}).shape() == Shape{2, 1});
  CHECK(mean(x, {0, 1}, {.keepdim = true}).shape() == Shape{1, 1});
  CHECK(max(x, 0, {.keepdim = true}).shape() == Shape{1, 3});
}

TEST_CASE("Reductions agree with the textbook loop over every set of dimensions") {
  const Tensor x = uniform({3, 4, 2, 5});
  for (unsigned mask = 1; mask < 16; mask++) {
    std::vector<Index> dims;
    for (Index d = 0; d < 4; d++) {
      if (mask >> d & 1) dims.push_back(d);
    }
    Tape tape;
    const Tensor y = sum(tape.input(x), dims_of(dims)).value();
    const std::vector<double> expected = sums(x, dims);
    CHECK_CLOSE(y, expected);
  }
}

TEST_CASE("Long sums stay accurate: the error does not grow with the count") {
  Tape tape;
  const Index n = 3'000'001;
  CHECK_CLOSE(sum(tape.input(Tensor::full({n}, Scalar(0.1)))).item(),
              static_cast<double>(n) * static_cast<double>(Scalar(0.1)), reel_test::kLongSumTolerance);
  const Tensor columns = sum(tape.input(Tensor::full({n / 3, 3}, Scalar(0.1))), 0).value();
  CHECK_CLOSE(columns.at(2), static_cast<double>(n / 3) * static_cast<double>(Scalar(0.1)),
              reel_test::kLongSumTolerance);
}

TEST_CASE("The mean of equal numbers is that number, and never overflows") {
  for (const double number : {0.1, 123456.78, sizeof(Scalar) == 8 ? 1e300 : 3e38}) {
    const auto equal = static_cast<Scalar>(number);
    Tape tape;
    const Var x = tape.input(Tensor::full({300, 7, 200}, equal));
    CHECK_CLOSE(mean(x).item(), equal);
    CHECK_CLOSE(mean(x, {0, 2}).value(), Tensor::full({7}, equal));
    CHECK_CLOSE(mean(x, 1).value(), Tensor::full({300, 200}, equal));
    CHECK_CLOSE(l1_loss(x, Tensor::zeros(x.shape())).item(), equal);
  }
}

TEST_CASE("max finds the largest wherever it stands, and a NaN wherever it stands") {
  Tape tape;
  for (const Index n : {1, 15, 16, 17, 40, 70'000}) {
    for (const Index at : {Index{0}, n / 2, n - 1}) {
      Tensor x = Tensor::full({n}, -5);
      x.set(at, -2);
      CHECK(max(tape.input(x.clone())).item() == -2);
      CHECK(max(tape.input(x.clone().reshape({n, 1, 1})), 0).item() == -2);
      x.set(at, NAN);
      CHECK(std::isnan(max(tape.input(x)).item()));
    }
  }
  CHECK(max(tape.input(Tensor::full({3}, -INFINITY))).item() == -INFINITY);
}

TEST_CASE("Gradients of reductions" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 3, 4});
  CHECK_GRADIENT([](Vars v) { return sum(v[0]); }, x);
  CHECK_GRADIENT([](Vars v) { return mean(v[0]); }, x);
  CHECK_GRADIENT([](Vars v) { return max(v[0]); }, x);
  for (const Dims& dims : {Dims(0), Dims(1), Dims(-1), Dims{0, 2}, Dims{1, 2}, Dims{0, 1, 2}}) {
    for (const bool keepdim : {false, true}) {
      CHECK_GRADIENT([&](Vars v) { return sum(v[0], dims, {keepdim}); }, x);
      CHECK_GRADIENT([&](Vars v) { return mean(v[0], dims, {keepdim}); }, x);
      CHECK_GRADIENT([&](Vars v) { return max(v[0], dims, {keepdim}); }, x);
    }
  }
}

TEST_CASE("Equal maxima share the gradient evenly") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2, 3}, {1, 5, 5, 2, 2, 2}));
  tape.backward(max(x, 1), Tensor::from({2}, {1, 3}));
  CHECK(x.grad().text() == "tensor([[0.0000, 0.5000, 0.5000],\n        [1.0000, 1.0000, 1.0000]])");
}

TEST_CASE("Reductions explain their numbers") {
  const Tensor x = uniform({2, 3, 4});
  CHECK_EXPLAINED([](Vars v) { return sum(v[0]); }, x);
  CHECK_EXPLAINED([](Vars v) { return mean(v[0]); }, x);
  CHECK_EXPLAINED([](Vars v) { return max(v[0]); }, x);
  for (const Dims& dims : {Dims(0), Dims(1), Dims(-1), Dims{0, 2}, Dims{1, 2}, Dims{0, 1, 2}}) {
    for (const bool keepdim : {false, true}) {
      CHECK_EXPLAINED([&](Vars v) { return sum(v[0], dims, {keepdim}); }, x);
      CHECK_EXPLAINED([&](Vars v) { return mean(v[0], dims, {keepdim}); }, x);
      CHECK_EXPLAINED([&](Vars v) { return max(v[0], dims, {keepdim}); }, x);
    }
  }
  CHECK_EXPLAINED([](Vars v) { return max(v[0], 1); }, Tensor::from({2, 3}, {1, 5, 5, 2, 2, 2}));
  CHECK_EXPLAINED([](Vars v) { return max(v[0] * 2, 0); }, uniform({1, 3}));
  CHECK_EXPLAINED([](Vars v) { return sum(v[0], 1); }, Tensor::zeros({3, 0}));
}

TEST_CASE("max says which element it took and which share the gradient") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2, 3}, {1, 5, 5, 2, 0, 1})).named("x");
  const inspect::Trace trace(tape, mean(max(x, 1).named("y")));
  std::string notes;
  const auto explain = [&](std::size_t event, Index element) {
    notes.clear();
    return *trace.explain(event, element, [&](const Term& term) { notes += std::string(term.note) + ";"; });
  };
  CHECK(explain(1, 0).formula == "max over j of x[0,j]");
  CHECK(notes == "smaller;the largest;equal to the largest;");
  const std::size_t gradient = trace.grad_events(0).at(0);
  CHECK(explain(gradient, 2).formula == "dy[0] / 2");
  CHECK(notes == "one of 2 that are largest;");
  CHECK(explain(gradient, 3).formula == "dy[1]");
  CHECK(trace.why_zero(0, 4) == "the largest is 2, not x[1,1] = 0");
  CHECK(explain(2, 0).formula == "sum over i of y[i] / 2");

  const Var a = tape.variable(Tensor::from({3}, {1, NAN, 2}));
  const inspect::Trace with_nan(tape, max(a));
  for (const std::size_t event : {with_nan.loss(), with_nan.grad_events(a.index()).at(0)}) {
    CHECK(std::isnan(with_nan.explain(event, 0, [](const Term&) {})->sum));
  }
}

TEST_CASE("The sum of no elements is 0; their mean and maximum are errors") {
  Tape tape;
  const Var empty = tape.input(Tensor::zeros({0, 3}));
  CHECK(sum(empty).item() == 0);
  CHECK(sum(empty, 0).value().text() == "tensor([0., 0., 0.])");
  CHECK(sum(empty, 1).shape() == Shape{0});
  CHECK(max(empty, 1).shape() == Shape{0});
  const Var narrow = tape.input(Tensor::zeros({3, 0}));
  CHECK(sum(narrow, 0).shape() == Shape{0});
  CHECK(mean(narrow, 0).shape() == Shape{0});
  CHECK(max(narrow, 0).shape() == Shape{0});
  CHECK_THROWS_WITH_AS(mean(empty), doctest::Contains("the mean of no elements is undefined"), ShapeError);
  CHECK_THROWS_WITH_AS(max(empty, 0), doctest::Contains("no elements have no maximum"), ShapeError);
}

TEST_CASE("Dimensions out of range, given twice or not at all are errors") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3}));
  CHECK_THROWS_WITH_AS(sum(x, 2), doctest::Contains("dimension 2 is out of range for input [2,3]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(mean(x, -3), doctest::Contains("mean (test_reductions.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(max(x, {0, -2}), doctest::Contains("dimension -2 of input [2,3] is given twice"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(sum(x, Dims({})), doctest::Contains("no dimension is given"), ShapeError);
}

namespace {

template <class... A>
concept CanMax = requires(Var x, A... a) {
  max(x, a...);
};
template <class... A>
concept CanIndex = requires(Tensor t, A... a) {
  t.at(a...);
  t.set(a..., 1.5);
};
template <class... A>
concept CanSum = requires(Var x, A... a) {
  sum(x, a...);
};
template <class... A>
concept CanSoftmax = requires(Var x, A... a) {
  softmax(x, a...);
};
template <class... A>
concept CanDropout = requires(Var x, A... a) {
  dropout(x, a...);
};
template <class... A>
concept CanLeakyRelu = requires(Var x, A... a) {
  leaky_relu(x, a...);
};
template <class... A>
concept CanPool = requires(Var x, A... a) {
  max_pool2d(x, a...);
};
template <class... A>
concept CanFlatten = requires(Var x, A... a) {
  flatten(x, a...);
};

template <class... A>
concept CanTranspose = requires(Var x, A... a) {
  transpose(x, a...);
};
template <class... A>
concept CanJoin = requires(std::span<const Var> x, A... a) {
  concat(x, a...) + stack(x, a...);
};

}  // namespace

// max(x, 0.5f) was a maximum over dimension 0, sum(x, true) a sum over dimension 1.
TEST_CASE("A number that is not whole, or a truth value, is no dimension, size or number by itself") {
  static_assert(CanMax<int> && CanMax<Index> && CanMax<Dims> && !CanMax<float> && !CanMax<double> &&
                !CanMax<bool>);
  static_assert(CanSum<short> && !CanSum<float> && !CanSum<bool>);
  static_assert(CanSoftmax<> && CanSoftmax<int> && !CanSoftmax<double> && !CanSoftmax<bool>);
  static_assert(CanFlatten<> && CanFlatten<int> && !CanFlatten<float> && !CanFlatten<bool>);
  static_assert(CanTranspose<int, Index> && !CanTranspose<int, double> && !CanTranspose<bool, int>);
  static_assert(CanJoin<> && CanJoin<int> && !CanJoin<float> && !CanJoin<bool>);
  static_assert(CanDropout<double> && CanDropout<float, bool> && !CanDropout<bool>);
  static_assert(CanLeakyRelu<> && CanLeakyRelu<float> && CanLeakyRelu<int> && !CanLeakyRelu<bool>);
  static_assert(CanPool<int> && CanPool<Size2> && !CanPool<double> && !CanPool<bool>);
  static_assert(!std::is_convertible_v<double, Padding2> && !std::is_convertible_v<float, PoolingStride>);
  static_assert(std::is_convertible_v<int, Padding2> && std::is_convertible_v<int, PoolingStride>);
  static_assert(CanIndex<int> && CanIndex<Index, short> && !CanIndex<float> && !CanIndex<int, bool>);
}
