// Each algorithm against the textbook's loops, which sum in double. A longer run, of REEL_CASES shapes:
//   REEL_CASES=100000 reel_tests --no-skip -tc="Convolutions of many more shapes"
#include <stdlib.h>

#include <utility>

#include <doctest/doctest.h>

#include <reel/core/kernels/detail/batch_lanes.h>
#include <reel/core/kernels/detail/convolution.h>
#include <reel/core/kernels/detail/im2col.h>
#include <reel/core/kernels/detail/planes.h>
#include <reel/core/kernels/detail/pointwise.h>
#include <reel/core/kernels/detail/winograd.h>
#include <reel/core/ops/reference.h>

#include "close.h"
#include "compare_support.h"
#include "gradcheck_support.h"
#include "guarded.h"

using namespace reel;
using kernels::Convolution;
using kernels::ConvolutionPass;
using reel_test::Guarded;
using reel_test::uniform;

namespace {

struct Case {
  Convolution shape;
  Conv2dOptions options;
  Tensor x, weight, bias, dy;
};

Case make_case(Index batch, Index groups, Index group_in, Index group_out, Size2 image, Size2 kernel,
               const Conv2dOptions& options) {
  const auto& [stride, padding, dilation, one_group, has_bias] = options;
  const Index out_h =
      (image.h + padding.top + padding.bottom - dilation.h * (kernel.h - 1) - 1) / stride.h + 1;
  const Index out_w =
      (image.w + padding.left + padding.right - dilation.w * (kernel.w - 1) - 1) / stride.w + 1;
  const Index in = group_in * groups, out = group_out * groups;
  Case c{{batch, groups, in, image.h, image.w, out, out_h, out_w, kernel.h, kernel.w, stride.h, stride.w,
          dilation.h, dilation.w, padding.top, padding.left},
         options,
         uniform({batch, in, image.h, image.w}, -1, 1, 0),
         uniform({out, group_in, kernel.h, kernel.w}, -1, 1, 1),
         uniform({out}, -1, 1, 2),
         uniform({batch, out, out_h, out_w}, -1, 1, 3)};
  c.options.groups = groups;
  return c;
}

// A small shape with every option drawn; the image is large enough for the kernel.
Case draw_general(reel_test::Draw& draw, Index most_images, Index most_channels) {
  const Size2 kernel(draw(1, 5), draw(1, 5)), stride(draw(1, 4), draw(1, 4)),
      dilation(draw(1, 3), draw(1, 3));
  const Padding2 padding(draw(0, 3), draw(0, 3), draw(0, 3), draw(0, 3));
  const Size2 image(
      std::max<Index>(1, dilation.h * (kernel.h - 1) + 1 - padding.top - padding.bottom) + draw(0, 6),
      std::max<Index>(1, dilation.w * (kernel.w - 1) + 1 - padding.left - padding.right) + draw(0, 12));
  return make_case(draw(1, most_images), draw(1, 3), draw(1, most_channels), draw(1, most_channels), image,
                   kernel, {.stride = stride, .padding = padding, .dilation = dilation});
}

// One of the kinds of shapes that the algorithms are made for.
Case draw_case(reel_test::Draw& draw) {
  const Index kind = draw(0, 5), size = 1 + 2 * draw(0, 2);  // of a square kernel
  switch (kind) {
    case 0:  // 1x1
      return make_case(draw(1, 5), 1, draw(1, 40), draw(1, 40), {draw(1, 9), draw(1, 9)}, 1,
                       {.stride = draw(1, 2)});
    case 1:  // 3x3 and enough channels for Winograd
      return make_case(draw(1, 3), 1, draw(14, 18), draw(14, 18), {draw(3, 10), draw(3, 10)}, 3,
                       {.padding = draw(0, 2)});
    case 2:  // depthwise
      return make_case(draw(1, 20), draw(1, 20), 1, 1, {size + draw(0, 8), size + draw(0, 8)}, size,
                       {.stride = draw(1, 3), .padding = size / 2});
    case 3:  // a batch that fills vectors
      return draw_general(draw, 40, 3);
    case 4:  // rows that fill vectors
      return make_case(draw(1, 3), 1, draw(1, 9), draw(1, 9), {size + draw(0, 3), 16 * draw(1, 2)}, size,
                       {.padding = size / 2});
    default:
      return draw_general(draw, 3, 5);
  }
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
constexpr Algorithm kPointwise{kernels::pointwise_workspace, kernels::pointwise_forward,
                               kernels::pointwise_input_gradient, kernels::pointwise_weight_gradient};
constexpr Algorithm kWinograd{kernels::winograd_workspace, kernels::winograd_forward,
                              kernels::winograd_input_gradient, kernels::winograd_weight_gradient};
constexpr Algorithm kBatchLanes{kernels::batch_lanes_workspace, kernels::batch_lanes_forward,
                                kernels::batch_lanes_input_gradient, kernels::batch_lanes_weight_gradient};
constexpr Algorithm kPlanes{kernels::planes_workspace, kernels::planes_forward,
                            kernels::planes_input_gradient, kernels::planes_weight_gradient};
constexpr Algorithm kIm2col{kernels::im2col_workspace, kernels::im2col_forward,
                            kernels::im2col_input_gradient, kernels::im2col_weight_gradient};

Tensor forward(const Algorithm& a, const Case& c, bool bias) {
  Tensor y = Tensor::uninitialized(c.dy.shape()),
         scratch = workspace(a.workspace(c.shape, ConvolutionPass::kForward));
  a.forward(c.shape, c.x.data(), c.weight.data(), {.bias = bias ? c.bias.data() : nullptr}, y.mutable_data(),
            scratch.mutable_data());
  return y;
}

Tensor input_gradient(const Algorithm& a, const Case& c) {
  Tensor dx = Tensor::uninitialized(c.x.shape());
  Tensor scratch = workspace(a.workspace(c.shape, ConvolutionPass::kInputGradient));
  a.input_gradient(c.shape, c.dy.data(), c.weight.data(), nullptr, dx.mutable_data(), scratch.mutable_data());
  return dx;
}

Tensor weight_gradient(const Algorithm& a, const Case& c) {
  Tensor dweight = Tensor::uninitialized(c.weight.shape());
  Tensor scratch = workspace(a.workspace(c.shape, ConvolutionPass::kWeightGradient));
  a.weight_gradient(c.shape, c.x.data(), c.dy.data(), dweight.mutable_data(), scratch.mutable_data());
  return dweight;
}

void check_case(const Case& c, std::initializer_list<const Algorithm*> algorithms, bool bias = true) {
  CAPTURE(c.x.shape().text());
  CAPTURE(c.weight.shape().text());
  const Tensor y = reference::conv2d(c.x, c.weight, bias ? c.bias : Tensor(), c.options);
  const auto gradients = reference::conv2d_gradients(c.x, c.weight, c.dy, c.options);
  for (const Algorithm* a : algorithms) {
    CHECK_CLOSE(forward(*a, c, bias), y, reel_test::kSumTolerance);
    CHECK_CLOSE(input_gradient(*a, c), gradients.x, reel_test::kSumTolerance);
    CHECK_CLOSE(weight_gradient(*a, c), gradients.weight, reel_test::kSumTolerance);
  }
}

// What is done to the results on the way out, in guarded buffers; the same afterwards, for the reference.
struct Steps {
  bool bias, map, addend, relu;
};

Tensor finished(const Case& c, const Steps& steps, const Tensor& mean, const Tensor& addend) {
  Tensor y = reference::conv2d(c.x, c.weight, steps.bias ? c.bias : Tensor(), c.options);
  const Index channels = c.shape.out_channels, pixels = c.shape.out_pixels();
  for (Index i = 0; i < y.numel(); i++) {
    Scalar& value = y.mutable_data()[i];
    const Index channel = i / pixels % channels;
    if (steps.map) value = (value - mean.data()[channel]) * c.bias.data()[channel];
    if (steps.addend) value += addend.data()[i];
    if (steps.relu) value = std::max<Scalar>(value, 0);
  }
  return y;
}

// A pass of an algorithm in guarded buffers, which begin on a line of the cache or one scalar behind it.
void check_guarded(const char* name, const Algorithm& a, const Case& c, ConvolutionPass pass,
                   const Steps& steps, bool offset, const Tensor& expected, double tolerance) {
  CAPTURE(name);
  CAPTURE(static_cast<int>(pass));
  const Tensor& means = c.bias;
  const Tensor other = uniform(c.dy.shape(), -1, 1, 5);
  const Guarded x(c.x.values(), offset), weight(c.weight.values(), offset), dy(c.dy.values(), offset),
      bias(c.bias.values(), offset), mean(means.values(), offset), addend(other.values(), offset),
      scratch(static_cast<Index>(a.workspace(c.shape, pass) / sizeof(Scalar))),
      result(expected.numel(), offset);
  if (pass == ConvolutionPass::kForward) {
    a.forward(c.shape, x.data(), weight.data(),
              {.bias = steps.bias ? bias.data() : nullptr,
               .map = {steps.map ? mean.data() : nullptr, bias.data(), nullptr},
               .addend = steps.addend ? addend.data() : nullptr,
               .relu = steps.relu},
              result.data(), scratch.data());
  } else if (pass == ConvolutionPass::kInputGradient) {
    a.input_gradient(c.shape, dy.data(), weight.data(), nullptr, result.data(), scratch.data());
  } else {
    a.weight_gradient(c.shape, x.data(), dy.data(), result.data(), scratch.data());
  }
  for (const Guarded* buffer : {&x, &weight, &dy, &bias, &mean, &addend, &scratch, &result}) {
    CHECK(buffer->intact());
  }
  CHECK_CLOSE(Tensor::from(expected.shape(), result.values()), expected, tolerance);
}

// Every algorithm that may be used for the shape.
void check_all(Case c, const Steps& steps, bool offset) {
  CAPTURE(c.x.shape().text());
  CAPTURE(c.weight.shape().text());
  c.shape.workers = offset ? 3 : 1;
  const auto gradients = reference::conv2d_gradients(c.x, c.weight, c.dy, c.options);
  const Tensor y = finished(c, steps, c.bias, uniform(c.dy.shape(), -1, 1, 5));
  for (const auto& [pass, expected] :
       {std::pair(ConvolutionPass::kForward, y), std::pair(ConvolutionPass::kInputGradient, gradients.x),
        std::pair(ConvolutionPass::kWeightGradient, gradients.weight)}) {
    const auto check = [&, of = pass, &wanted = expected](const char* name, const Algorithm& a,
                                                          double tolerance = reel_test::kSumTolerance) {
      check_guarded(name, a, c, of, steps, offset, wanted, tolerance);
    };
    const bool winograd = kernels::winograd_suits(c.shape, pass);
    check("im2col", kIm2col);
    check("planes", kPlanes);
    check("batch_lanes", kBatchLanes);
    if (kernels::pointwise_suits(c.shape, pass)) check("pointwise", kPointwise);
    if (winograd) check("winograd", kWinograd, reel_test::kReducedTolerance);
    check("chosen", kChosen, winograd ? reel_test::kReducedTolerance : reel_test::kSumTolerance);
  }
}

void check_shapes(std::uint64_t seed, Index count) {
  reel_test::Draw draw(seed);
  for (Index i = 0; i < count; i++) {
    CAPTURE(i);
    const Case c = draw_case(draw);
    check_all(c, {draw(0, 1) == 1, draw(0, 3) == 1, draw(0, 1) == 1, draw(0, 1) == 1}, draw(0, 1) == 1);
  }
}

}  // namespace

TEST_CASE(
    "Every convolution algorithm agrees with the textbook's on two thousand shapes, within its buffers") {
  check_shapes(3, 2000);
}

TEST_CASE("Convolutions of many more shapes" * doctest::skip()) {
  const char* const count = getenv("REEL_CASES");
  check_shapes(4, count ? atoll(count) : 20000);
}

TEST_CASE("The steps on the way out of a convolution have the bits of passes of their own") {
  for (const Case& c :
       {make_case(3, 1, 5, 6, 13, 3, {.padding = 1}), make_case(2, 2, 3, 5, 12, 3, {.stride = 2})}) {
    const Tensor addend = reel_test::uniform(c.dy.shape(), -1, 1, 9);
    for (const Algorithm* a : {&kPlanes, &kIm2col, &kBatchLanes}) {
      const Tensor plain = forward(*a, c, true);
      Tensor y = Tensor::uninitialized(c.dy.shape());
      Tensor scratch = workspace(a->workspace(c.shape, ConvolutionPass::kForward));
      a->forward(c.shape, c.x.data(), c.weight.data(),
                 {.bias = c.bias.data(), .addend = addend.data(), .relu = true}, y.mutable_data(),
                 scratch.mutable_data());
      Index wrong = 0;
      for (Index i = 0; i < y.numel(); i++) {
        const Scalar sum = plain.values()[static_cast<std::size_t>(i)] + addend.data()[i];
        wrong += y.data()[i] != std::max<Scalar>(sum, 0);
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

TEST_CASE("A 1x1 kernel whose steps begin in the padding is right, above the image and to its left") {
  for (const Padding2& padding : {Padding2(1, 1, 0, 0), Padding2(0, 0, 1, 1)}) {
    check_case(make_case(2, 1, 3, 4, 4, 1, {.stride = 3, .padding = padding}), {&kChosen});
  }
}

TEST_CASE("Every pass of a convolution has an algorithm for long strides and for few pixels") {
  const Case long_stride = make_case(1, 1, 2, 2, 30, 3, {.stride = 5});
  const Case one_pixel = make_case(1, 1, 2, 2, 5, 5, {});
  const Case usual = make_case(1, 1, 2, 2, 28, 3, {.padding = 1});
  for (const auto pass :
       {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    CHECK_FALSE(kernels::planes_suit(long_stride.shape, pass));
    const bool one_pixel_suits = kernels::planes_suit(one_pixel.shape, pass);
    const bool input = pass == ConvolutionPass::kInputGradient;  // dx has 25 pixels
    const bool forward = pass == ConvolutionPass::kForward;      // the weight gradient has too few pixels
    CHECK(one_pixel_suits == (input || (forward && kernels::kLanes <= 3)));
    CHECK(kernels::planes_suit(usual.shape, pass));
  }
}

TEST_CASE("The input gradient adds a bias to every pixel, also where no output pixel reaches") {
  Case c = make_case(2, 1, 2, 3, 7, 1, {.stride = 3});
  const Tensor bias = Tensor::from({2}, {10, 20});
  for (const Algorithm& a : {kPlanes, kIm2col, kBatchLanes, kPointwise}) {
    const Tensor plain = input_gradient(a, c);
    Tensor dx = Tensor::uninitialized(c.x.shape());
    Tensor scratch = workspace(a.workspace(c.shape, ConvolutionPass::kInputGradient));
    a.input_gradient(c.shape, c.dy.data(), c.weight.data(), bias.data(), dx.mutable_data(),
                     scratch.mutable_data());
    CHECK(plain.at(0, 0, 1, 1) == 0);
    CHECK(dx.at(0, 0, 1, 1) == 10);
    CHECK_CLOSE(dx.at(1, 1, 3, 3), plain.at(1, 1, 3, 3) + 20);
  }
}

TEST_CASE("Convolutions have the same bits at any thread count") {
  const Case general = make_case(37, 2, 3, 5, 12, 3, {.stride = 2, .padding = 1}),
             pointwise = make_case(37, 1, 3, 5, 12, 1, {.stride = 2}),
             square = make_case(7, 1, 17, 18, 13, 3, {.padding = 1});
  struct Kind {
    Algorithm algorithm;
    Case c;
  };
  for (const Kind& kind : {Kind{kPlanes, general}, Kind{kIm2col, general}, Kind{kBatchLanes, general},
                           Kind{kPointwise, pointwise}, Kind{kWinograd, square}}) {
    const auto same = [&](auto&& pass) {
      return reel_test::same_bits_at_any_thread_count([&] {
        Case c = kind.c;
        c.shape.workers = num_threads();
        return pass(kind.algorithm, c);
      });
    };
    CHECK(same([](const Algorithm& a, const Case& c) { return forward(a, c, true); }));
    CHECK(same([](const Algorithm& a, const Case& c) { return input_gradient(a, c); }));
    CHECK(same([](const Algorithm& a, const Case& c) { return weight_gradient(a, c); }));
  }
}

TEST_CASE("A large dilation does not take memory by its square") {
  const auto dilated = [](Index d) { return Convolution{16, 1, 1, 8, 8, 1, 8, 8, 3, 3, 1, 1, d, d, d, d}; };
  for (const ConvolutionPass pass :
       {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    CHECK(kernels::convolution_workspace(dilated(2048), pass) < std::size_t{1} << 20);
    CHECK(kernels::batch_lanes_suit(dilated(1), pass));
  }
}
