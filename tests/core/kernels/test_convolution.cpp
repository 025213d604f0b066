#include <doctest/doctest.h>
#include <reel/core/kernels/convolution.h>
#include <reel/core/kernels/im2col.h>
#include <reel/core/kernels/planes.h>
#include <reel/core/reference.h>

#include "compare_support.h"
#include "gradcheck_support.h"

using namespace reel;
using kernels::Convolution;
using kernels::ConvolutionPass;
using reel_test::uniform;

namespace {

struct Case {
  Convolution shape;
  Conv2dParams params;
  Tensor x, weight, bias, dy;
};

Case make_case(Index batch, Index groups, Index group_in, Index group_out, Size2 image, Size2 kernel,
               const Conv2dParams& params) {
  const auto& [stride, padding, dilation, ignored] = params;
  const Index out_h =
      (image.h + padding.top + padding.bottom - dilation.h * (kernel.h - 1) - 1) / stride.h + 1;
  const Index out_w =
      (image.w + padding.left + padding.right - dilation.w * (kernel.w - 1) - 1) / stride.w + 1;
  const Index in = group_in * groups, out = group_out * groups;
  Case c{{batch, groups, in, image.h, image.w, out, out_h, out_w, kernel.h, kernel.w, stride.h, stride.w,
          dilation.h, dilation.w, padding.top, padding.left},
         params,
         uniform({batch, in, image.h, image.w}, -1, 1, 0),
         uniform({out, group_in, kernel.h, kernel.w}, -1, 1, 1),
         uniform({out}, -1, 1, 2),
         uniform({batch, out, out_h, out_w}, -1, 1, 3)};
  c.params.groups = groups;
  return c;
}

// A small shape with every option drawn; the image is large enough for the kernel.
Case draw_case(reel_test::Draw& draw) {
  const Size2 kernel(draw(1, 5), draw(1, 5)), stride(draw(1, 4), draw(1, 4)),
      dilation(draw(1, 3), draw(1, 3));
  const Padding2 padding(draw(0, 3), draw(0, 3), draw(0, 3), draw(0, 3));
  const Size2 image(
      std::max<Index>(1, dilation.h * (kernel.h - 1) + 1 - padding.top - padding.bottom) + draw(0, 6),
      std::max<Index>(1, dilation.w * (kernel.w - 1) + 1 - padding.left - padding.right) + draw(0, 12));
  return make_case(draw(1, 3), draw(1, 3), draw(1, 3), draw(1, 4), image, kernel,
                   {.stride = stride, .padding = padding, .dilation = dilation});
}

// Scratch memory full of NaN: a kernel that reads what it has not written is found out.
Tensor workspace(std::size_t bytes) {
  return Tensor::full({static_cast<Index>(bytes / sizeof(Scalar))}, std::numeric_limits<Scalar>::quiet_NaN());
}

// One way to compute a convolution: its three passes.
struct Algorithm {
  decltype(&kernels::convolution_workspace) workspace;
  decltype(&kernels::convolution_forward) forward;
  decltype(&kernels::convolution_input_gradient) input_gradient;
  decltype(&kernels::convolution_weight_gradient) weight_gradient;
};
constexpr Algorithm kChosen{kernels::convolution_workspace, kernels::convolution_forward,
                            kernels::convolution_input_gradient, kernels::convolution_weight_gradient};
constexpr Algorithm kPlanes{kernels::planes_workspace, kernels::planes_forward,
                            kernels::planes_input_gradient, kernels::planes_weight_gradient};
constexpr Algorithm kIm2col{kernels::im2col_workspace, kernels::im2col_forward,
                            kernels::im2col_input_gradient, kernels::im2col_weight_gradient};

Tensor forward(const Algorithm& a, const Case& c, bool bias) {
  Tensor y = Tensor::uninitialized(c.dy.shape()),
         scratch = workspace(a.workspace(c.shape, ConvolutionPass::kForward));
  a.forward(c.shape, c.x.data(), c.weight.data(), {.bias = bias ? c.bias.data() : nullptr}, y.data(),
            scratch.data());
  return y;
}

Tensor input_gradient(const Algorithm& a, const Case& c) {
  Tensor dx = Tensor::uninitialized(c.x.shape());
  Tensor scratch = workspace(a.workspace(c.shape, ConvolutionPass::kInputGradient));
  a.input_gradient(c.shape, c.dy.data(), c.weight.data(), nullptr, dx.data(), scratch.data());
  return dx;
}

Tensor weight_gradient(const Algorithm& a, const Case& c) {
  Tensor dweight = Tensor::uninitialized(c.weight.shape());
  Tensor scratch = workspace(a.workspace(c.shape, ConvolutionPass::kWeightGradient));
  a.weight_gradient(c.shape, c.x.data(), c.dy.data(), dweight.data(), scratch.data());
  return dweight;
}

void check_case(const Case& c, std::initializer_list<const Algorithm*> algorithms, bool bias = true) {
  CAPTURE(c.x.shape().text());
  CAPTURE(c.weight.shape().text());
  const Tensor y = reference::conv2d(c.x, c.weight, bias ? c.bias : Tensor(), c.params);
  const auto gradients = reference::conv2d_gradients(c.x, c.weight, c.dy, c.params);
  for (const Algorithm* a : algorithms) {
    CHECK(reel_test::relative_error(forward(*a, c, bias), y) < reel_test::kTolerance);
    CHECK(reel_test::relative_error(input_gradient(*a, c), gradients.x) < reel_test::kTolerance);
    CHECK(reel_test::relative_error(weight_gradient(*a, c), gradients.weight) < reel_test::kTolerance);
  }
}

}  // namespace

TEST_CASE("Both convolution algorithms agree with the textbook's on a thousand shapes") {
  reel_test::Draw draw(3);
  for (int i = 0; i < 1000; i++) {
    CAPTURE(i);
    check_case(draw_case(draw), {&kPlanes, &kIm2col}, i % 2);
  }
}

TEST_CASE("The steps on the way out of a convolution have the bits of passes of their own") {
  for (const Case& c :
       {make_case(3, 1, 5, 6, 13, 3, {.padding = 1}), make_case(2, 2, 3, 5, 12, 3, {.stride = 2})}) {
    const Tensor addend = reel_test::uniform(c.dy.shape(), -1, 1, 9);
    for (const Algorithm* a : {&kPlanes, &kIm2col}) {
      const Tensor plain = forward(*a, c, true);
      Tensor y = Tensor::uninitialized(c.dy.shape());
      Tensor scratch = workspace(a->workspace(c.shape, ConvolutionPass::kForward));
      a->forward(c.shape, c.x.data(), c.weight.data(),
                 {.bias = c.bias.data(), .addend = addend.data(), .relu = true}, y.data(), scratch.data());
      Index wrong = 0;
      for (Index i = 0; i < y.numel(); i++) {
        const Scalar sum = plain.values()[static_cast<std::size_t>(i)] + addend.data()[i];
        wrong += std::as_const(y).data()[i] != std::max<Scalar>(sum, 0);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("The chosen convolution algorithm is right for the shapes of networks") {
  check_case(make_case(3, 1, 1, 6, 28, 5, {.padding = 2}), {&kChosen});  // LeNet
  check_case(make_case(20, 1, 6, 16, 14, 5, {}), {&kChosen});            // several images to a task
  check_case(make_case(2, 1, 16, 20, 5, 5, {}), {&kChosen});             // the kernel as large as the image
  check_case(make_case(2, 1, 19, 17, 9, 3, {.stride = 2, .padding = 1}),
             {&kChosen});                                                 // several blocks of channels
  check_case(make_case(2, 1, 9, 10, 8, 1, {.stride = 2}), {&kChosen});    // ResNet's shortcut
  check_case(make_case(2, 12, 1, 1, 13, 3, {.padding = 1}), {&kChosen});  // depthwise
  check_case(make_case(1, 1, 3, 4, 30, 7, {.stride = 5, .padding = 3}),
             {&kChosen});  // a stride too long for planes
}

TEST_CASE("Every pass of a convolution has an algorithm for long strides and for few pixels") {
  const Case long_stride = make_case(1, 1, 2, 2, 30, 3, {.stride = 5});
  const Case one_pixel = make_case(1, 1, 2, 2, 5, 5, {});
  const Case usual = make_case(1, 1, 2, 2, 28, 3, {.padding = 1});
  for (const auto pass :
       {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    CHECK_FALSE(kernels::planes_suit(long_stride.shape, pass));
    const bool one_pixel_suits = kernels::planes_suit(one_pixel.shape, pass);
    CHECK(one_pixel_suits == (pass == ConvolutionPass::kInputGradient));  // dx has 25 pixels
    CHECK(kernels::planes_suit(usual.shape, pass));
  }
}

TEST_CASE("The input gradient adds a bias to every pixel, also where no output pixel reaches") {
  Case c = make_case(2, 1, 2, 3, 7, 1, {.stride = 3});
  const Tensor bias = Tensor::from({2}, {10, 20});
  for (const Algorithm& a : {kPlanes, kIm2col}) {
    const Tensor plain = input_gradient(a, c);
    Tensor dx = Tensor::uninitialized(c.x.shape());
    Tensor scratch = workspace(a.workspace(c.shape, ConvolutionPass::kInputGradient));
    a.input_gradient(c.shape, c.dy.data(), c.weight.data(), bias.data(), dx.data(), scratch.data());
    CHECK(plain.at(0, 0, 1, 1) == 0);
    CHECK(std::as_const(dx).at(0, 0, 1, 1) == 10);
    CHECK(std::as_const(dx).at(1, 1, 3, 3) == doctest::Approx(plain.at(1, 1, 3, 3) + 20));
  }
}

TEST_CASE("Convolutions have the same bits at any thread count") {
  for (const Algorithm& a : {kPlanes, kIm2col}) {
    const Case c = make_case(37, 2, 3, 5, 12, 3, {.stride = 2, .padding = 1});
    CHECK(reel_test::same_bits_at_any_thread_count([&] { return forward(a, c, true); }));
    CHECK(reel_test::same_bits_at_any_thread_count([&] { return input_gradient(a, c); }));
    CHECK(reel_test::same_bits_at_any_thread_count([&] { return weight_gradient(a, c); }));
  }
}
