// The numbers of the textbook: Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapter 7.
#include <string>

#include <doctest/doctest.h>
#include <reel/core/ops/reference.h>

#include "close.h"
#include "compare_support.h"
#include "gradcheck_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

const Tensor kImage = Tensor::arange(9).reshape({3, 3});
const Tensor kKernel = Tensor::from({2, 2}, {0, 1, 2, 3});
const Tensor kTwoChannels = Tensor::from({2, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9});
const Tensor kTwoKernels = Tensor::from({2, 2, 2}, {0, 1, 2, 3, 1, 2, 3, 4});

// K, K + 1 and K + 2, one for each output channel.
Tensor three_filters() {
  Tensor k = Tensor::uninitialized({3, 2, 2, 2});
  for (Index i = 0; i < 24; i++)
    k.mutable_data()[i] = kTwoKernels.values()[static_cast<std::size_t>(i % 8)] + static_cast<Scalar>(i / 8);
  return k;
}

}  // namespace

TEST_CASE("corr2d gives the textbook's numbers") {
  CHECK(reference::corr2d(kImage, kKernel).text() == "tensor([[19., 25.],\n        [37., 43.]])");
}

TEST_CASE("corr2d over two input channels gives the textbook's numbers") {
  CHECK(reference::corr2d_multi_in(kTwoChannels, kTwoKernels).text() ==
        "tensor([[ 56.,  72.],\n        [104., 120.]])");
}

TEST_CASE("corr2d to three output channels gives the textbook's numbers, and conv2d the same") {
  const Tensor y = reference::corr2d_multi_in_out(kTwoChannels, three_filters());
  const Tensor expected = Tensor::from({3, 2, 2}, {56, 72, 104, 120, 76, 100, 148, 172, 96, 128, 192, 224});
  CHECK_CLOSE(y, expected, 0);
  Tape tape;
  const Var fast = conv2d(tape.input(kTwoChannels.reshape({1, 2, 3, 3})), tape.input(three_filters()));
  CHECK_CLOSE(fast.value().reshape({3, 2, 2}), expected, 0);
}

TEST_CASE("A 1x1 convolution is a matrix product over the channels") {
  const Tensor x = uniform({3, 3, 3}), k = uniform({2, 3, 1, 1}, -1, 1, 1);
  const Tensor a = reference::corr2d_multi_in_out_1x1(x, k), b = reference::corr2d_multi_in_out(x, k);
  Tape tape;
  const Tensor c = conv1x1(tape.input(x.reshape({1, 3, 3, 3})), tape.input(k)).value();
  CHECK(a.shape() == Shape{2, 3, 3});
  CHECK_CLOSE(a, b);
  CHECK_CLOSE(c.reshape({2, 3, 3}), b);
}

TEST_CASE("Ones through a convolution are each filter's sum plus its bias") {
  for (const auto& [in, out] : {std::pair<Index, Index>{1, 3}, {3, 4}}) {
    Tape tape;
    const Tensor weight = uniform({out, in, 3, 3}, -1, 1, 1), bias = uniform({out}, -1, 1, 2);
    const Tensor y =
        conv2d(tape.input(Tensor::ones({1, in, 5, 5})), tape.input(weight), tape.input(bias)).value();
    for (Index o = 0; o < out; o++) {
      const auto filter =
          weight.values().subspan(static_cast<std::size_t>(o * in * 9), static_cast<std::size_t>(in * 9));
      double sum = bias.at(o);
      for (const Scalar w : filter) sum += w;
      CHECK_CLOSE(y.at(0, o, 0, 0), sum);
      CHECK_CLOSE(y.at(0, o, 2, 2), sum);
    }
  }
}

TEST_CASE("A flipped kernel makes the cross-correlation a convolution") {
  // An impulse's response is the kernel itself under a convolution, the turned kernel under a
  // cross-correlation.
  Tensor impulse = Tensor::zeros({3, 3});
  impulse.set(1, 1, 1);
  CHECK(reference::conv2d_flipped(impulse, kKernel).text() == "tensor([[0., 1.],\n        [2., 3.]])");
  CHECK(reference::corr2d(impulse, kKernel).text() == "tensor([[3., 2.],\n        [1., 0.]])");
}

TEST_CASE("Gradient descent learns the kernel of an edge detector") {
  Tensor image = Tensor::ones({6, 8});
  for (Index i = 0; i < 6; i++) {
    for (Index j = 2; j < 6; j++) image.set(i, j, 0);
  }
  const Tensor edges = reference::corr2d(image, Tensor::from({1, 2}, {1, -1}));
  Parameter kernel{.name = "kernel", .value = uniform({1, 1, 1, 2})};
  for (int step = 0; step < 1000; step++) {
    Tape tape;
    const Var y = conv2d(tape.input(image.reshape({1, 1, 6, 8})), tape.parameter(kernel));
    const Var difference = y - tape.input(edges.reshape({1, 1, 6, 7}));
    kernel.grad = {};
    tape.backward(sum(difference * difference));
    for (Index i = 0; i < 2; i++) kernel.value.mutable_data()[i] -= Scalar(0.03) * kernel.grad.at(0, 0, 0, i);
  }
  CHECK_CLOSE(kernel.value.at(0, 0, 0, 0), 1);
  CHECK_CLOSE(kernel.value.at(0, 0, 0, 1), -1);
}

TEST_CASE("The reference refuses shapes that do not fit") {
  CHECK_ERROR(reference::corr2d(kTwoChannels, kKernel), "[2,3,3]", "[2,2]", "matrices");
  CHECK_ERROR(reference::corr2d(kKernel, kImage), "[3,3]", "larger", "[2,2]");
  CHECK_ERROR(reference::corr2d_multi_in(kImage, kTwoKernels), "corr2d_multi_in", "[C,H,W]");
  CHECK_ERROR(reference::corr2d_multi_in_out(kTwoChannels, kTwoKernels), "[C_out,C,h,w]");
  CHECK_ERROR(reference::corr2d_multi_in_out_1x1(kTwoChannels, three_filters()), "[C_out,C,1,1]");
  CHECK_ERROR(reference::matmul(kImage, kKernel), "[3,3]", "[2,2]");
  CHECK_ERROR(reference::conv2d(kImage, three_filters()), "reference::conv2d (test_reference.cpp:", "[3,3]");
  const Tensor images = Tensor::zeros({1, 2, 3, 3});
  CHECK_ERROR(reference::conv2d(images, three_filters(), Tensor::zeros({2})), "bias", "[2]", "[3]");
  CHECK_ERROR(reference::conv2d_gradients(images, three_filters(), images), "dy");
  CHECK_ERROR(reference::conv_transpose2d(images, three_filters()), "[1,2,3,3]", "[3,2,2,2]");
  CHECK_ERROR(reference::max_pool2d(kImage, 2), "[N,C,H,W]");
  CHECK_ERROR(reference::max_pool2d_gradient(images, images, 2), "dy");
  CHECK_ERROR(reference::avg_pool2d_gradient(images, images, 2), "dy");
}

TEST_CASE("The reference refuses windows that cannot be, and has as many of the others as the ops") {
  const Tensor x = uniform({1, 2, 3, 4}), weight = Tensor::ones({2, 2, 2, 2});
  CHECK_ERROR(reference::conv2d(x, weight, {}, {.stride = 0}), "stride is 0x0");
  CHECK_ERROR(reference::conv2d(x, weight, {}, {.groups = 0}), "0 groups");
  CHECK_ERROR(reference::conv2d(x, weight, {}, {.dilation = 4}), "larger");
  CHECK_ERROR(reference::conv_transpose2d(x, weight, {}, {.groups = 0}), "0 groups");
  CHECK_ERROR(reference::conv_transpose2d(x, weight, {}, {.padding = 9}), "pad less");
  CHECK_ERROR(reference::max_pool2d(x, 0), "kernel is 0x0");
  CHECK_ERROR(reference::avg_pool2d(x, 2, {.stride = -1}), "stride is -1x-1");
  for (Index kernel = 1; kernel < 8; kernel++) {
    for (Index stride = 1; stride < 5; stride++) {
      const MaxPool2dOptions options{.stride = stride, .padding = kernel / 2 % 2, .ceil_mode = true};
      const auto outcome = [](auto&& f) {
        try {
          return f().text();
        } catch (const ShapeError&) {
          return std::string("refused");
        }
      };
      Tape tape;
      CHECK(outcome([&] { return max_pool2d(tape.input(x), kernel, options).value(); }) ==
            outcome([&] { return reference::max_pool2d(x, kernel, options); }));
    }
  }
}
