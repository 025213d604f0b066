#include <limits>

#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

Shape shape_of(Index length, Index kernel, Conv1dOptions options) {
  Tape tape;
  return conv1d(tape.input(Tensor::zeros({2, 4, length})),
                tape.input(Tensor::zeros({6, 4 / options.groups, kernel})), {}, options)
      .shape();
}

}  // namespace

TEST_CASE("conv1d slides its kernel along each sequence, and does not flip it") {
  Tape tape;
  const Var x = tape.input(Tensor::from({1, 1, 4}, {1, 2, 3, 5})),
            w = tape.input(Tensor::from({1, 1, 2}, {10, -1})), b = tape.input(Tensor::from({1}, {100}));
  CHECK(conv1d(x, w).value().text() == "tensor([[[ 8., 17., 25.]]])");
  CHECK(conv1d(x, w, b).value().text() == "tensor([[[108., 117., 125.]]])");
  CHECK(conv1d(x, w, {}, {.stride = 2, .padding = 1}).value().text() == "tensor([[[-1., 17., 50.]]])");
  CHECK(conv1d(x, w, {}, {.dilation = 3}).value().text() == "tensor([[[5.]]])");
}

TEST_CASE("The length of conv1d's result is rounded down") {
  CHECK(shape_of(7, 3, {}) == Shape{2, 6, 5});
  CHECK(shape_of(7, 3, {.stride = 3}) == Shape{2, 6, 2});
  CHECK(shape_of(7, 3, {.padding = 2, .dilation = 4, .groups = 2}) == Shape{2, 6, 3});
  CHECK(shape_of(1, 1, {}) == Shape{2, 6, 1});
}

TEST_CASE("An empty batch goes through conv1d both ways") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({0, 2, 5})), w = tape.variable(uniform({3, 2, 2})),
            b = tape.variable(uniform({3}));
  tape.backward(conv1d(x, w, b), Tensor::zeros({0, 3, 4}));
  CHECK(x.grad().shape() == Shape{0, 2, 5});
  for (const Var& parameter : {w, b}) {
    for (const Scalar d : parameter.grad().values()) CHECK(d == 0);
  }
}

TEST_CASE("Gradients of conv1d" * reel_test::in_double_alone()) {
  CHECK_GRADIENT([](Vars v) { return conv1d(v[0], v[1], v[2], {.padding = 1}); }, uniform({2, 2, 5}),
                 uniform({3, 2, 3}, -1, 1, 1), uniform({3}, -1, 1, 2));
  CHECK_GRADIENT([](Vars v) { return conv1d(v[0], v[1], {}, {.stride = 2, .dilation = 2, .groups = 2}); },
                 uniform({1, 4, 7}), uniform({2, 2, 2}, -1, 1, 1));
}

TEST_CASE("conv1d refuses shapes that do not fit, in one dimension and by its own name") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 4, 7})), w = tape.input(Tensor::zeros({6, 4, 3}));
  const auto of = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  CHECK_ERROR(conv1d(of({4, 7}), w), "conv1d (test_conv1d.cpp:",
              "input is [4,7], [N,C,L] is wanted; reshape a single sequence to [1,C,L]");
  CHECK_ERROR(conv1d(of({2, 4, 1, 7}), w), "input is [2,4,1,7], [N,C,L] is wanted");
  CHECK_ERROR(conv1d(of({2, 4, 0}), w), "input [2,4,0] has no elements; the batch alone may be empty");
  CHECK_ERROR(conv1d(of({0, 4, Index{1} << 45}), w), "conv1d (",
              "is too long, 1099511627776 at most is wanted");
  CHECK_ERROR(conv1d(of({0, 4, Index{1} << 40}), of({1 << 20, 4, 1})), "conv1d (", "its result",
              "too many elements");
  CHECK_ERROR(conv1d(x, of({6, 4})), "conv1d (", "weight is [6,4], [C_out,C_in/groups,K] is wanted");
  CHECK_ERROR(conv1d(x, of({6, 4, 0})), "weight is [6,4,0]");
  CHECK_ERROR(conv1d(x, of({6, 3, 3})), "input has 4 channels, weight [6,3,3] wants 3");
  CHECK_ERROR(conv1d(x, w, {}, {.groups = 2}), "input has 4 channels, weight [6,4,3] wants 8");
  CHECK_ERROR(conv1d(x, w, {}, {.groups = 4}), "4 groups cannot share 6 output channels evenly");
  CHECK_ERROR(conv1d(x, w, {}, {.groups = 3}), "3 groups cannot share 4 input channels evenly");
  CHECK_ERROR(conv1d(x, of({6, 4, 9})), "conv1d (",
              "the kernel covers 9 positions, the input with its padding has 7");
  CHECK_ERROR(conv1d(x, w, {}, {.padding = 1, .dilation = 5}), "covers 11 positions", "has 9; pad more");
  CHECK_ERROR(conv1d(x, w, of({4})), "conv1d (test_conv1d.cpp:", "bias is [4], [6] is wanted");
}

TEST_CASE("conv1d refuses options that cannot be, by its own name") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 4, 7})), w = tape.input(Tensor::zeros({6, 4, 3})),
            b = tape.input(Tensor::zeros({6}));
  const auto refused = [&](Conv1dOptions options) {
    return reel_test::error_of<Error>([&] { conv1d(x, w, b, options); });
  };
  for (const Index wrong : {Index{0}, Index{-1}, std::numeric_limits<Index>::max()}) {
    CHECK(reel_test::contains(refused({.stride = wrong}), fmt::format("stride is {}, it must be", wrong)));
    CHECK(
        reel_test::contains(refused({.dilation = wrong}), fmt::format("dilation is {}, it must be", wrong)));
    if (wrong == 0) continue;
    CHECK(reel_test::contains(refused({.padding = wrong}), fmt::format("padding is {}, it must be", wrong)));
  }
  CHECK(reel_test::contains(refused({.groups = 0}), "0 groups"));
  CHECK(reel_test::contains(refused({.stride = 0}), "conv1d (test_conv1d.cpp:"));
  CHECK(reel_test::contains(refused({.bias = false}), "a bias was given with .bias = false"));
}
