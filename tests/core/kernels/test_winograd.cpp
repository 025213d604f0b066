#include <reel/core/kernels/detail/convolution_plan.h>

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

Convolution shape_of(Index batch, Index in, Index out, Size2 image, Padding2 padding) {
  const Index out_h = image.h + padding.top + padding.bottom - 2;
  const Index out_w = image.w + padding.left + padding.right - 2;
  return {batch, 1, in, image.h, image.w, out, out_h, out_w, 3, 3, 1, 1, 1, 1, padding.top, padding.left};
}

void run(const Convolution& c, ConvolutionPass pass, int workers, const Tensor& left, const Tensor& right,
         const kernels::EpilogueView& epilogue, Tensor& result) {
  const auto plan = kernels::plan_winograd(c, pass, workers);
  REQUIRE(plan);
  Tensor scratch = Tensor::full({static_cast<Index>(plan->scratch_bytes() / sizeof(Scalar))},
                                std::numeric_limits<Scalar>::quiet_NaN());
  plan->run(left.data(), right.data(), epilogue, result.mutable_data(),
            reinterpret_cast<std::byte*>(scratch.mutable_data()));
}

void check_against_reference(const Convolution& c, Padding2 padding, int workers) {
  const Tensor x = uniform({c.batch, c.in_channels, c.in_h, c.in_w}, -1, 1, 0),
               weight = uniform({c.out_channels, c.in_channels, 3, 3}, -1, 1, 1),
               bias = uniform({c.out_channels}, -1, 1, 2),
               dy = uniform({c.batch, c.out_channels, c.out_h, c.out_w}, -1, 1, 3);
  CAPTURE(x.shape().text());
  CAPTURE(weight.shape().text());
  CAPTURE(dy.shape().text());
  Tensor y = Tensor::uninitialized(dy.shape()), dx = Tensor::uninitialized(x.shape()),
         dweight = Tensor::uninitialized(weight.shape());
  run(c, ConvolutionPass::kForward, workers, x, weight, {.bias = bias.data()}, y);
  run(c, ConvolutionPass::kInputGradient, workers, dy, weight, {}, dx);
  run(c, ConvolutionPass::kWeightGradient, workers, x, dy, {}, dweight);
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
    check_against_reference(shape_of(draw(1, 4), draw(16, 36), draw(16, 36), image, padding), padding, 2);
  }
}

TEST_CASE("Winograd's convolution is right where a batch takes several chunks and sums") {
  check_against_reference(shape_of(6, 40, 33, 16, 1), 1, 2);
  check_against_reference(shape_of(2, 130, 70, 8, 1), 1, 1);
}

TEST_CASE("Winograd's convolution is chosen for 3x3 kernels at stride 1 and enough channels") {
  const Convolution suits = shape_of(2, 16, 16, 8, 1);
  const auto chosen = [](const Convolution& c) {
    return kernels::plan_winograd(c, ConvolutionPass::kForward, 1) != nullptr;
  };
  CHECK(chosen(suits));
  Convolution strided = suits, dilated = suits, few = suits, grouped = suits;
  strided.stride_w = 2;
  dilated.dilation_h = 2;
  few.in_channels = 15;
  grouped.groups = 2;
  for (const Convolution& other : {strided, dilated, few, grouped}) CHECK_FALSE(chosen(other));
  CHECK_FALSE(chosen(shape_of(2, 16, 16, 8, {0, 0, 0, 3})));  // its input gradient would crop
}
