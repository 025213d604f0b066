#include <reel/core/kernels/detail/winograd.h>

#include <limits>

#include <doctest/doctest.h>
#include <reel/core/ops/reference.h>
#include <reel/core/parallel.h>

#include "compare_support.h"
#include "gradcheck_support.h"

using namespace reel;
using kernels::Convolution;
using kernels::ConvolutionPass;
using reel_test::uniform;

namespace {

Convolution shape_of(Index batch, Index in, Index out, Size2 image, Padding2 padding, int workers) {
  const Index out_h = image.h + padding.top + padding.bottom - 2;
  const Index out_w = image.w + padding.left + padding.right - 2;
  return {batch, 1, in, image.h, image.w, out,         out_h,        out_w,  3,
          3,     1, 1,  1,       1,       padding.top, padding.left, workers};
}

Tensor workspace(const Convolution& shape, ConvolutionPass pass) {
  const std::size_t bytes = kernels::winograd_workspace(shape, pass);
  return Tensor::full({static_cast<Index>(bytes / sizeof(Scalar))}, std::numeric_limits<Scalar>::quiet_NaN());
}

void check_against_reference(const Convolution& c, Padding2 padding) {
  const Tensor x = uniform({c.batch, c.in_channels, c.in_h, c.in_w}, -1, 1, 0),
               weight = uniform({c.out_channels, c.in_channels, 3, 3}, -1, 1, 1),
               bias = uniform({c.out_channels}, -1, 1, 2),
               dy = uniform({c.batch, c.out_channels, c.out_h, c.out_w}, -1, 1, 3);
  CAPTURE(x.shape().text());
  CAPTURE(weight.shape().text());
  CAPTURE(dy.shape().text());
  Tensor y = Tensor::uninitialized(dy.shape()), dx = Tensor::uninitialized(x.shape()),
         dweight = Tensor::uninitialized(weight.shape());
  Tensor forward = workspace(c, ConvolutionPass::kForward),
         input = workspace(c, ConvolutionPass::kInputGradient),
         gradient = workspace(c, ConvolutionPass::kWeightGradient);
  kernels::winograd_forward(c, x.data(), weight.data(), {.bias = bias.data()}, y.mutable_data(),
                            forward.mutable_data());
  kernels::winograd_input_gradient(c, dy.data(), weight.data(), nullptr, dx.mutable_data(),
                                   input.mutable_data());
  kernels::winograd_weight_gradient(c, x.data(), dy.data(), dweight.mutable_data(), gradient.mutable_data());
  const Conv2dOptions options{.padding = padding};
  const auto gradients = reference::conv2d_gradients(x, weight, dy, options);
  CHECK_CLOSE(y, reference::conv2d(x, weight, bias, options), reel_test::kReducedTolerance);
  CHECK_CLOSE(dx, gradients.x, reel_test::kReducedTolerance);
  CHECK_CLOSE(dweight, gradients.weight, reel_test::kReducedTolerance);
}

}  // namespace

TEST_CASE("Winograd's convolution agrees with the textbook's on shapes of every size and padding") {
  reel_test::Draw draw(11);
  for (int i = 0; i < 300; i++) {
    CAPTURE(i);
    const Padding2 padding(draw(0, 2), draw(0, 2), draw(0, 2), draw(0, 2));
    const Size2 image(draw(3, 14), draw(3, 14));
    check_against_reference(shape_of(draw(1, 4), draw(1, 20), draw(1, 20), image, padding, 2), padding);
  }
}

TEST_CASE("Winograd's convolution is right where a batch takes several chunks and sums") {
  check_against_reference(shape_of(6, 40, 33, 16, 1, 2), 1);
  check_against_reference(shape_of(2, 130, 70, 8, 1, 1), 1);
}

TEST_CASE("Winograd's convolution is chosen for 3x3 kernels at stride 1 and enough channels") {
  const Convolution suits = shape_of(2, 16, 16, 8, 1, 1);
  const auto chosen = [](const Convolution& c) {
    return kernels::winograd_suits(c, ConvolutionPass::kForward);
  };
  CHECK(chosen(suits));
  Convolution strided = suits, dilated = suits, few = suits, grouped = suits;
  strided.stride_w = 2;
  dilated.dilation_h = 2;
  few.in_channels = 15;
  grouped.groups = 2;
  for (const Convolution& other : {strided, dilated, few, grouped}) CHECK_FALSE(chosen(other));
  CHECK_FALSE(chosen(shape_of(2, 16, 16, 8, {0, 0, 0, 3}, 1)));  // its input gradient would crop
}
