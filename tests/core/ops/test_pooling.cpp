#include <doctest/doctest.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

// 0, 1, 2, ... in a random order: no two numbers are near a tie.
Tensor distinct(const Shape& shape) {
  Tensor t = Tensor::uninitialized(shape);
  const Index n = t.numel();
  for (Index i = 0; i < n; i++)
    t.mutable_data()[i] = static_cast<Scalar>(i * 7919 % n) / 16;  // 7919: a prime
  return t;
}

}  // namespace

TEST_CASE("max_pool2d takes the largest of each window") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(16).reshape({1, 1, 4, 4}));
  CHECK(max_pool2d(x, 2).value().text() == "tensor([[[[ 5.,  7.],\n          [13., 15.]]]])");
  CHECK(max_pool2d(x, 3).value().text() == "tensor([[[[10.]]]])");
  CHECK(max_pool2d(x, 3, {.stride = 1}).value().text() == "tensor([[[[10., 11.],\n          [14., 15.]]]])");
  CHECK(max_pool2d(x, 2, {.stride = 1, .dilation = 2}).value().text() ==
        "tensor([[[[10., 11.],\n          [14., 15.]]]])");
}

TEST_CASE("Padding never wins a maximum") {
  Tape tape;
  const Var x = tape.input(Tensor::full({1, 1, 2, 2}, -5));
  CHECK(max_pool2d(x, 2, {.padding = 1}).value().text() == "tensor([[[[-5., -5.],\n          [-5., -5.]]]])");
}

TEST_CASE("Ceil mode keeps a last window that starts within the image, as in PyTorch") {
  Tape tape;
  const auto rows = [&](Index size, Index kernel, MaxPool2dOptions options) {
    return max_pool2d(tape.input(Tensor::zeros({1, 1, size, size})), kernel, options).size(2);
  };
  CHECK(rows(5, 2, {}) == 2);
  CHECK(rows(5, 2, {.ceil_mode = true}) == 3);
  CHECK(rows(4, 2, {.ceil_mode = true}) == 2);
  CHECK(rows(6, 3, {.stride = 2, .ceil_mode = true}) == 3);
  CHECK(rows(4, 2, {.stride = 3, .padding = 1, .ceil_mode = true}) ==
        2);  // a third would start in the padding
}

TEST_CASE("The first of equal numbers takes the gradient of max_pool2d") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 4}, {1, 3, 2, 2, 3, 0, 2, 2}));
  tape.backward(sum(max_pool2d(x, 2)));
  CHECK(x.grad().text() == "tensor([[[[0., 1., 1., 0.],\n          [0., 0., 0., 0.]]]])");
}

TEST_CASE("A NaN wins a maximum") {
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  for (Index place = 0; place < 9; place++) {
    Tensor image = Tensor::arange(9).reshape({1, 1, 3, 3});
    image.mutable_data()[place] = nan;
    Tape tape;
    CHECK(std::isnan(max_pool2d(tape.input(image), 3).item()));
    if (place % 3 < 2 && place < 6) CHECK(std::isnan(max_pool2d(tape.input(image), 2).item()));
  }
}

TEST_CASE("avg_pool2d divides by the window, with or without its padding") {
  Tape tape;
  const Var x = tape.input(Tensor::full({1, 1, 2, 2}, 8));
  CHECK(avg_pool2d(x, 2).item() == 8);
  CHECK(avg_pool2d(x, 2, {.padding = 1}).value().text() == "tensor([[[[2., 2.],\n          [2., 2.]]]])");
  CHECK(avg_pool2d(x, 2, {.padding = 1, .count_include_pad = false}).value().text() ==
        "tensor([[[[8., 8.],\n          [8., 8.]]]])");
  // What ceil mode adds beyond the padding never counts.
  CHECK(avg_pool2d(tape.input(Tensor::full({1, 1, 3, 3}, 8)), 2, {.ceil_mode = true}).value().text() ==
        "tensor([[[[8., 8.],\n          [8., 8.]]]])");
}

TEST_CASE("The mean of a large window of equal numbers is that number, and never overflows") {
  Tape tape;
  for (const double number : {0.1, 123456.78, 3e38}) {
    const Tensor equal = Tensor::full({1, 1, 1000, 1000}, static_cast<Scalar>(number));
    CHECK_CLOSE(avg_pool2d(tape.input(equal), 1000).item(), equal.at(0, 0, 0, 0),
                reel_test::kLongSumTolerance);
    CHECK_CLOSE(global_avg_pool2d(tape.input(equal)).item(), equal.at(0, 0, 0, 0),
                reel_test::kLongSumTolerance);
  }
}

TEST_CASE("The mean of a window counts every cell of millions, of which a float would round the count") {
  const double cells = 4097 * 4097;
  for (const double number : {1.0, 1.3, 1.7, 1.9, 2.3, 3.1}) {
    Tape tape;
    const Var x = tape.variable(Tensor::full({1, 1, 1, 1}, static_cast<Scalar>(number)));
    const Var y = avg_pool2d(x, 4097, {.padding = 2048});
    CHECK(y.item() == static_cast<Scalar>(x.item() / cells));
    tape.backward(y, x.value());
    CHECK(x.grad().item() == static_cast<Scalar>(x.item() / cells));
  }
}

TEST_CASE("global_avg_pool2d is the mean of each channel") {
  Tape tape;
  const Var y = global_avg_pool2d(tape.input(Tensor::arange(12).reshape({1, 2, 2, 3})));
  CHECK(y.shape() == Shape{1, 2, 1, 1});
  CHECK(y.value().at(0, 0, 0, 0) == 2.5);
  CHECK(y.value().at(0, 1, 0, 0) == 8.5);
}

TEST_CASE("Gradients of the poolings" * reel_test::in_double_alone()) {
  const Tensor x = distinct({2, 3, 6, 7});
  CHECK_GRADIENT([](Vars v) { return max_pool2d(v[0], 2); }, x);
  CHECK_GRADIENT(
      [](Vars v) {
        return max_pool2d(
            v[0], {3, 2},
            {.stride = Size2(1, 2), .padding = {1, 0, 0, 1}, .dilation = {2, 1}, .ceil_mode = true});
      },
      x);
  CHECK_GRADIENT([](Vars v) { return avg_pool2d(v[0], {2, 3}); }, x);
  CHECK_GRADIENT(
      [](Vars v) {
        return avg_pool2d(v[0], 3,
                          {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false});
      },
      x);
  CHECK_GRADIENT([](Vars v) { return global_avg_pool2d(v[0]); }, x);
}

TEST_CASE("The poolings explain their numbers") {
  const Tensor x = distinct({2, 2, 6, 7});
  CHECK_EXPLAINED([](Vars v) { return max_pool2d(v[0], 2); }, x);
  CHECK_EXPLAINED(
      [](Vars v) {
        return max_pool2d(
            v[0], {3, 2},
            {.stride = Size2(1, 2), .padding = {1, 0, 0, 1}, .dilation = {2, 1}, .ceil_mode = true});
      },
      x);
  CHECK_EXPLAINED([](Vars v) { return max_pool2d(v[0], 2, {.stride = 1}); },
                  Tensor::from({1, 1, 2, 4}, {1, 3, 2, 2, 3, 0, 2, 2}));
  CHECK_EXPLAINED([](Vars v) { return avg_pool2d(v[0], {2, 3}); }, x);
  for (const bool count_include_pad : {false, true}) {
    CHECK_EXPLAINED(
        [&](Vars v) {
          return avg_pool2d(
              v[0], 3,
              {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = count_include_pad});
        },
        x);
  }
  CHECK_EXPLAINED([](Vars v) { return global_avg_pool2d(v[0]); }, x);
}

TEST_CASE("A pooling says which pixel its window took") {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(16).reshape({1, 1, 4, 4})).named("x");
  const inspect::Trace trace(tape, sum(avg_pool2d(max_pool2d(x, 2).named("y"), 2).named("z")));
  const auto said = [&](std::size_t event, Index element) {
    return *trace.explain(event, element, [](const Term&) {});
  };
  CHECK(said(1, 3).place == "image 0, channel 0, row 1, column 1");
  CHECK(said(1, 3).formula == "max over u,v of x[0,0,u+2,v+2]");
  CHECK(said(2, 0).formula == "sum over u,v of y[0,0,u+0,v+0] / 4");
  const std::size_t gradient = trace.grad_events(0).at(0);
  CHECK(said(gradient, 15).formula ==
        "sum over i,j of dy[0,0,i,j], where x[0,0,3,3] is the largest of window i,j");
  CHECK(trace.why_zero(0, 11) == "the largest of its window is x[0,0,3,3] = 15");
}

TEST_CASE("Pooling says what does not fit") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({1, 2, 6, 6}));
  CHECK_ERROR(max_pool2d(tape.input(Tensor::zeros({2, 6, 6})), 2),
              "max_pool2d (test_pooling.cpp:", "[1,C,H,W]");
  CHECK_ERROR(max_pool2d(x, 0), "kernel is 0x0");
  CHECK_ERROR(max_pool2d(x, 2, {.stride = 0}), "stride is 0x0");
  CHECK_ERROR(max_pool2d(x, 2, {.dilation = 0}), "dilation is 0x0");
  CHECK_ERROR(max_pool2d(x, 2, {.padding = -1}), "padding is -1");
  CHECK_ERROR(max_pool2d(x, 3, {.padding = {0, 2}}), "padding is 0, 0, 2, 2", "half of kernel 3x3");
  CHECK_ERROR(max_pool2d(x, {7, 2}), "kernel 7x2", "larger", "6x6");
  CHECK_ERROR(max_pool2d(x, 4, {.dilation = 2}), "kernel 4x4 with dilation 2x2", "6x6");
  CHECK_ERROR(avg_pool2d(x, 7), "avg_pool2d", "kernel 7x7");
  CHECK_ERROR(avg_pool2d(x, 2, {.padding = 2}), "half of kernel 2x2");
  CHECK_ERROR(max_pool2d(x, 10, {.stride = 2, .ceil_mode = true}), "kernel 10x10", "6x6");
  CHECK_ERROR(max_pool2d(x, {1, Index{1} << 50}, {.stride = 1, .ceil_mode = true}),
              "kernel is 1x1125899906842624");
  CHECK_ERROR(global_avg_pool2d(tape.input(Tensor::zeros({2, 6}))), "global_avg_pool2d", "[2,6]");
}

TEST_CASE("In ceil mode a window may be larger than the padded image, as in PyTorch") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4}));
  CHECK(max_pool2d(x, 3, {.stride = 2, .ceil_mode = true}).value().text() == "tensor([[[[4.]]]])");
  CHECK(max_pool2d(x, 2, {.stride = 3, .dilation = 3, .ceil_mode = true}).value().text() ==
        "tensor([[[[1.]]]])");
  CHECK(avg_pool2d(x, 3, {.stride = 2, .ceil_mode = true}).value().text() == "tensor([[[[2.5000]]]])");
  const AvgPool2dOptions padded{.stride = 2, .padding = 1, .ceil_mode = true};
  CHECK(avg_pool2d(x, 5, padded).value().text() == "tensor([[[[0.6250]]]])");  // 10 / 16, the padded image
  CHECK_ERROR(max_pool2d(x, 4, {.stride = 2, .ceil_mode = true}), "kernel 4x4", "2x2");
  CHECK_ERROR(avg_pool2d(x, 5, {.stride = 1, .ceil_mode = true}), "kernel 5x5", "2x2");
  CHECK_ERROR(max_pool2d(x, 2, {.stride = 1, .dilation = 3, .ceil_mode = true}), "dilation 3x3", "2x2");
  const Var y = max_pool2d(x, 3, {.stride = 2, .ceil_mode = true});
  tape.backward(y, Tensor::full({1, 1, 1, 1}, 7));
  CHECK(x.grad().reshape({4}).text() == "tensor([0., 0., 0., 7.])");
  CHECK_GRADIENT(
      [](Vars v) {
        return avg_pool2d(v[0], 3, {.stride = 2, .ceil_mode = true, .count_include_pad = false});
      },
      uniform({1, 2, 2, 2}));
}
