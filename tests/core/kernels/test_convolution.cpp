// Each algorithm against the textbook's loops, which sum in double. A longer run, of REEL_CASES shapes:
//   REEL_CASES=100000 reel_tests --no-skip -tc="Convolutions of many more shapes"
#include <stdlib.h>

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/kernels/detail/convolution_plan.h>
#include <reel/core/kernels/detail/machine.h>
#include <reel/core/kernels/detail/normalization.h>
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
    case 0:  // 1x1, small, or of rows that are whole vectors
      if (draw(0, 1) == 0) {
        return make_case(draw(1, 5), 1, draw(1, 40), draw(1, 40), {draw(1, 9), draw(1, 9)}, 1,
                         {.stride = draw(1, 2)});
      }
      return make_case(draw(1, 3), 1, draw(1, 40), draw(1, 40),
                       {draw(1, 5), kernels::lanes() * draw(1, 4) - draw(0, 1)}, 1, {.stride = draw(1, 2)});
    case 1:  // 3x3 and enough channels for Winograd
      return make_case(draw(1, 3), 1, draw(14, 18), draw(14, 18), {draw(3, 10), draw(3, 10)}, 3,
                       {.padding = draw(0, 2)});
    case 2: {  // depthwise
      const Padding2 padding(draw(0, size - 1), draw(0, size), draw(0, size - 1), draw(0, size));
      return make_case(draw(1, 20), draw(1, 20), 1, 1,
                       {size + draw(0, 8), size + draw(0, draw(0, 1) * 50 + 8)}, size,
                       {.stride = draw(1, 3), .padding = padding});
    }
    case 3:  // a batch that fills vectors
      return draw_general(draw, 40, 3);
    case 4:  // rows that fill vectors, and long planes of few terms
      if (draw(0, 1) == 0) {
        return make_case(draw(1, 3), 1, draw(1, 3), draw(1, 9), {draw(16, 20), kernels::lanes() + draw(0, 9)},
                         3, {.padding = draw(0, 2)});
      }
      return make_case(draw(1, 3), 1, draw(1, 9), draw(1, 9), {size + draw(0, 3), 16 * draw(1, 2)}, size,
                       {.padding = size / 2});
    default:
      return draw_general(draw, 3, 5);
  }
}

// Runs a plan with scratch memory full of NaN: a kernel that reads what it has not written is found out.
void run(const kernels::ConvolutionPlan& plan, const kernels::ImagesView& left, const Tensor& right,
         const kernels::EpilogueView& epilogue, Tensor& result) {
  Tensor scratch = Tensor::full({static_cast<Index>(plan.scratch_bytes() / sizeof(Scalar))},
                                std::numeric_limits<Scalar>::quiet_NaN());
  plan.run(left, right.data(), epilogue, result.mutable_data(),
           reinterpret_cast<std::byte*>(scratch.mutable_data()));
}

using kernels::MakePlan;
constexpr MakePlan* kChosen = kernels::plan_convolution;

// A plan by an algorithm that takes this pass of this shape.
std::unique_ptr<const kernels::ConvolutionPlan> plan(MakePlan* make, const Case& c, ConvolutionPass pass) {
  auto result = make(c.shape, pass, num_threads());
  REQUIRE(result);
  return result;
}

Tensor forward(MakePlan* make, const Case& c, const kernels::EpilogueView& epilogue) {
  Tensor y = Tensor::uninitialized(c.dy.shape());
  run(*plan(make, c, ConvolutionPass::kForward), c.x.data(), c.weight, epilogue, y);
  return y;
}

Tensor input_gradient(MakePlan* make, const Case& c, const kernels::EpilogueView& epilogue = {}) {
  Tensor dx = Tensor::uninitialized(c.x.shape());
  run(*plan(make, c, ConvolutionPass::kInputGradient), c.dy.data(), c.weight, epilogue, dx);
  return dx;
}

Tensor weight_gradient(MakePlan* make, const Case& c) {
  Tensor dweight = Tensor::uninitialized(c.weight.shape());
  run(*plan(make, c, ConvolutionPass::kWeightGradient), c.x.data(), c.dy, {}, dweight);
  return dweight;
}

void check_chosen(const Case& c) {
  CAPTURE(c.x.shape().text());
  CAPTURE(c.weight.shape().text());
  const Tensor y = reference::conv2d(c.x, c.weight, c.bias, c.options);
  const auto gradients = reference::conv2d_gradients(c.x, c.weight, c.dy, c.options);
  CHECK_CLOSE(forward(kChosen, c, {.bias = c.bias.data()}), y, reel_test::kSumTolerance);
  CHECK_CLOSE(input_gradient(kChosen, c), gradients.x, reel_test::kSumTolerance);
  CHECK_CLOSE(weight_gradient(kChosen, c), gradients.weight, reel_test::kSumTolerance);
}

// What x is read through, and what is done to the results on the way out, in guarded buffers; the same before and
// afterwards, for the reference.
struct Steps {
  bool bias, map, addend, relu, read_map, read_relu;
};

// Mean, scale and shift of the map that x is read through; and x as it is then.
Tensor map_numbers(const Case& c) { return uniform({c.shape.in_channels}, 0.5, 1, 6); }
Tensor mapped(const Case& c, bool relu) {
  const Tensor numbers = map_numbers(c);
  Tensor x = Tensor::uninitialized(c.x.shape());
  kernels::channel_normalize(c.x.data(), {c.shape.batch, c.shape.in_channels, c.shape.in_pixels()},
                             {numbers.data(), numbers.data(), numbers.data()}, {.relu = relu},
                             x.mutable_data());
  return x;
}

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

// A plan in guarded buffers, which begin on a line of the cache or one scalar behind it.
void check_guarded(const kernels::ConvolutionPlan& plan, const Case& c, ConvolutionPass pass,
                   const Steps& steps, bool offset, const Tensor& expected, double tolerance) {
  const Tensor other = uniform(c.dy.shape(), -1, 1, 5), numbers = map_numbers(c);
  const Guarded x(c.x.values(), offset), weight(c.weight.values(), offset), dy(c.dy.values(), offset),
      bias(c.bias.values(), offset), mean(c.bias.values(), offset), addend(other.values(), offset),
      read(numbers.values(), offset), scratch(static_cast<Index>(plan.scratch_bytes() / sizeof(Scalar))),
      result(expected.numel(), offset);
  const kernels::EpilogueView epilogue{.bias = steps.bias ? bias.data() : nullptr,
                                       .map = {steps.map ? mean.data() : nullptr, bias.data(), nullptr},
                                       .addend = steps.addend ? addend.data() : nullptr,
                                       .relu = steps.relu};
  const bool forward = pass == ConvolutionPass::kForward,
             to_weight = pass == ConvolutionPass::kWeightGradient;
  const kernels::ImagesView images(
      x.data(), {steps.read_map ? read.data() : nullptr, read.data(), read.data()}, steps.read_relu);
  plan.run(pass == ConvolutionPass::kInputGradient ? dy.data() : images,
           to_weight ? dy.data() : weight.data(), forward ? epilogue : kernels::EpilogueView{}, result.data(),
           reinterpret_cast<std::byte*>(scratch.data()));
  for (const Guarded* buffer : {&x, &weight, &dy, &bias, &mean, &addend, &read, &scratch, &result}) {
    CHECK(buffer->intact());
  }
  CHECK_CLOSE(Tensor::from(expected.shape(), result.values()), expected, tolerance);
}

Tensor squares(const Tensor& of) {
  Tensor result = of.clone();
  for (Scalar& value : result.mutable_values()) value *= value;
  return result;
}

// Whether the terms, whose squares add up to `sums`, nearly cancel in all results: what is left would be compared with
// the errors of much larger numbers. A sum of random terms is as large as the root of that, here less than a tenth.
bool nearly_cancel(const Tensor& results, const Tensor& sums) {
  return 100 * std::ranges::max(squares(results).values()) < std::ranges::max(sums.values());
}

using Counts = std::map<std::string, int>;

// Every algorithm that takes the shape; counts the passes that each has computed.
void check_all(const Case& c, const Steps& steps, bool offset, Counts& counts) {
  CAPTURE(c.x.shape().text());
  CAPTURE(c.weight.shape().text());
  Case read = c;
  if (steps.read_map) read.x = mapped(c, steps.read_relu);
  const auto gradients = reference::conv2d_gradients(read.x, c.weight, c.dy, c.options);
  const auto sums = reference::conv2d_gradients(squares(read.x), squares(c.weight), squares(c.dy), c.options);
  const Tensor y = finished(read, steps, c.bias, uniform(c.dy.shape(), -1, 1, 5)),
               y_sums = reference::conv2d(squares(read.x), squares(c.weight),
                                          steps.bias ? squares(c.bias) : Tensor(), c.options);
  struct Expected {
    ConvolutionPass pass;
    Tensor results, sums;
  };
  for (const auto& [pass, expected, all] :
       {Expected{ConvolutionPass::kForward, y, y_sums},
        Expected{ConvolutionPass::kInputGradient, gradients.x, sums.x},
        Expected{ConvolutionPass::kWeightGradient, gradients.weight, sums.weight}}) {
    if (nearly_cancel(expected, all)) continue;
    for (const kernels::ConvolutionAlgorithm& algorithm : kernels::convolution_algorithms()) {
      const auto plan = algorithm.plan(c.shape, pass, offset ? 3 : 1);
      if (!plan) continue;
      const std::string name = algorithm.name;
      CAPTURE(name);
      const int number = static_cast<int>(pass);
      CAPTURE(number);
      counts[name]++;
      check_guarded(*plan, c, pass, steps, offset, expected,
                    name == "winograd" ? reel_test::kReducedTolerance : reel_test::kSumTolerance);
    }
  }
}

void check_shapes(std::uint64_t seed, Index count) {
  reel_test::Draw draw(seed);
  Counts counts;
  for (Index i = 0; i < count; i++) {
    CAPTURE(i);
    const Case c = draw_case(draw);
    const Steps steps{draw(0, 1) == 1, draw(0, 3) == 1, draw(0, 1) == 1,
                      draw(0, 1) == 1, draw(0, 3) == 1, draw(0, 1) == 1};
    check_all(c, steps, draw(0, 1) == 1, counts);
  }
  CHECK(counts.size() == kernels::convolution_algorithms().size());
  for (const auto& entry : counts) {
    CAPTURE(entry.first);
    CHECK(entry.second * 100 > count);
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

// The algorithms that take a pass of a shape.
std::vector<kernels::ConvolutionAlgorithm> takers(const Case& c, ConvolutionPass pass) {
  std::vector<kernels::ConvolutionAlgorithm> result;
  for (const kernels::ConvolutionAlgorithm& algorithm : kernels::convolution_algorithms()) {
    if (algorithm.plan(c.shape, pass, 1)) result.push_back(algorithm);
  }
  return result;
}

TEST_CASE("The steps on the way out of a convolution have the bits of passes of their own") {
  for (const Case& c :
       {make_case(20, 1, 5, 6, {13, 16}, 3, {.padding = 1}), make_case(2, 2, 3, 5, 12, 3, {.stride = 2}),
        make_case(2, 9, 1, 1, 16, 3, {.padding = 1}), make_case(2, 1, 20, 19, 9, 1, {}),
        make_case(2, 1, 20, 19, 9, 3, {.padding = 1})}) {
    const Tensor addend = reel_test::uniform(c.dy.shape(), -1, 1, 9);
    for (const auto& [by_name, make] : takers(c, ConvolutionPass::kForward)) {
      const std::string name = by_name;
      CAPTURE(name);
      const Tensor plain = forward(make, c, {.bias = c.bias.data()});
      const Tensor y = forward(make, c, {.bias = c.bias.data(), .addend = addend.data(), .relu = true});
      Index wrong = 0;
      for (Index i = 0; i < y.numel(); i++) {
        const Scalar sum = plain.values()[static_cast<std::size_t>(i)] + addend.data()[i];
        wrong += y.data()[i] != std::max<Scalar>(sum, 0);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("Images that are read through a map have the bits of a pass of its own, also of NaN and infinity") {
  for (Case c :
       {make_case(20, 1, 5, 6, {13, 16}, 3, {.padding = 1}), make_case(2, 2, 3, 5, 12, 3, {.stride = 2}),
        make_case(2, 9, 1, 1, 19, 3, {.padding = 1}), make_case(2, 1, 20, 19, 9, 1, {}),
        make_case(2, 1, 20, 19, 9, 3, {.padding = 1}), make_case(3, 1, 4, 5, 19, 1, {.stride = 2})}) {
    const Tensor numbers = map_numbers(c);
    c.x.mutable_data()[3] = std::numeric_limits<Scalar>::quiet_NaN();
    c.x.mutable_data()[5] = -std::numeric_limits<Scalar>::infinity();
    for (const auto pass : {ConvolutionPass::kForward, ConvolutionPass::kWeightGradient}) {
      const bool is_forward = pass == ConvolutionPass::kForward;
      for (const auto& [by_name, make] : takers(c, pass)) {
        const std::string name = by_name;
        CAPTURE(name);
        const auto at_once = plan(make, c, pass);
        for (const bool relu : {false, true}) {
          Tensor expected = Tensor::uninitialized(is_forward ? c.dy.shape() : c.weight.shape()),
                 result = Tensor::uninitialized(expected.shape());
          const kernels::ImagesView through(c.x.data(), {numbers.data(), numbers.data(), numbers.data()},
                                            relu);
          const Tensor& right = is_forward ? c.weight : c.dy;
          run(*at_once, mapped(c, relu).data(), right, {}, expected);
          run(*at_once, through, right, {}, result);
          CHECK(std::memcmp(result.data(), expected.data(), result.values().size_bytes()) == 0);
        }
      }
    }
  }
}

TEST_CASE("The chosen convolution algorithm is right for the shapes of networks") {
  check_chosen(make_case(3, 1, 1, 6, 28, 5, {.padding = 2}));  // LeNet
  check_chosen(make_case(20, 1, 6, 16, 14, 5, {}));            // several images to a task
  check_chosen(make_case(2, 1, 16, 20, 5, 5, {}));             // the kernel as large as the image
  check_chosen(make_case(2, 1, 19, 17, 9, 3, {.stride = 2, .padding = 1}));  // several blocks of channels
  check_chosen(make_case(2, 1, 9, 10, 8, 1, {.stride = 2}));                 // ResNet's shortcut
  check_chosen(make_case(2, 12, 1, 1, 13, 3, {.padding = 1}));               // depthwise
  check_chosen(make_case(1, 1, 3, 4, 30, 7, {.stride = 5, .padding = 3}));   // a long stride
  check_chosen(make_case(2, 1, 3, 5, 40, 3, {.stride = 2}));                 // several stretches of rows
  check_chosen(make_case(20, 1, 2, 8, 30, 3, {.padding = 1}));               // several bands of rows
}

// Too large to be copied for each column of taps.
TEST_CASE("Convolutions of large images and of long kernels are right, and take little memory") {
  for (const Case& c :
       {make_case(1, 1, 4, 5, {40, 203}, 9, {}), make_case(1, 1, 4, 5, {80, 203}, 9, {.stride = 2}),
        make_case(1, 1, 3, 9, {90, 203}, 7, {.stride = 2, .padding = 3}),
        make_case(2, 1, 8, 9, {1, 1200}, {1, 65}, {}), make_case(1, 1, 8, 9, {400, 3}, {61, 3}, {}),
        make_case(1, 1, 16, 16, {64, 12}, 11, {.padding = 5})}) {
    check_chosen(c);
    for (const ConvolutionPass pass :
         {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
      const Index numbers = c.x.numel() + c.dy.numel() + 10 * c.weight.numel();
      for (const auto& [by_name, make] : takers(c, pass)) {
        const std::string name = by_name;
        CAPTURE(name);
        CHECK(make(c.shape, pass, 1)->scratch_bytes() / sizeof(Scalar) <
              static_cast<std::size_t>(4 * numbers + (Index{1} << 19)));
      }
    }
  }
  const Convolution long_kernel{1, 1, 8, 1, 65536, 8, 1, 64513, 1, 1024, 1, 1, 1, 1, 0, 0};
  for (const ConvolutionPass pass :
       {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    CHECK(kernels::plan_convolution(long_kernel, pass, 1)->scratch_bytes() < std::size_t{1} << 24);
  }
}

TEST_CASE(
    "A kernel of which no row meets the image, and a weight gradient over a million pixels, are right") {
  check_chosen(make_case(20, 1, 1, 8, {1, 8}, {1, 9}, {.stride = {3, 1}, .padding = {1, 0, 4, 4}}));
  Case large = make_case(1, 1, 1, 2, 1026, 3, {});
  large.x = squares(large.x);  // nothing cancels: a single sum in float would lose digits
  large.dy = squares(large.dy);
  const Tensor expected = reference::conv2d_gradients(large.x, large.weight, large.dy, large.options).weight;
  CHECK_CLOSE(weight_gradient(kChosen, large), expected, reel_test::kSumTolerance);
}

TEST_CASE("A 1x1 kernel whose steps begin in the padding is right, above the image and to its left") {
  for (const Padding2& padding : {Padding2(1, 1, 0, 0), Padding2(0, 0, 1, 1)}) {
    check_chosen(make_case(2, 1, 3, 4, 4, 1, {.stride = 3, .padding = padding}));
  }
}

TEST_CASE("Images are side by side in lanes where a batch fills most of them; pixels take any shape") {
  for (const auto pass :
       {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    const Case few = make_case(kernels::lanes() / 2, 1, 2, 2, 5, 5, {}),
               most = make_case(kernels::lanes() / 2 + 1, 1, 2, 2, 5, 5, {});
    CHECK_FALSE(kernels::plan_direct_by_images(few.shape, pass, 1));
    CHECK(kernels::plan_direct_by_images(most.shape, pass, 1));
    CHECK(kernels::plan_direct_by_pixels(few.shape, pass, 1));
  }
}

TEST_CASE("The input gradient adds a bias to every pixel, also where no output pixel reaches") {
  const Tensor bias = Tensor::from({2}, {10, 20});
  for (const Case& c :
       {make_case(20, 1, 2, 3, 7, 1, {.stride = 3}), make_case(2, 1, 2, 3, 43, 1, {.stride = 3})}) {
    for (const auto& [by_name, make] : takers(c, ConvolutionPass::kInputGradient)) {
      const std::string name = by_name;
      CAPTURE(name);
      const Tensor plain = input_gradient(make, c), dx = input_gradient(make, c, {.bias = bias.data()});
      CHECK(plain.at(0, 0, 1, 1) == 0);
      CHECK(dx.at(0, 0, 1, 1) == 10);
      CHECK_CLOSE(dx.at(1, 1, 3, 3), plain.at(1, 1, 3, 3) + 20);
    }
  }
}

TEST_CASE("Convolutions have the same bits at any thread count") {
  for (const Case& c :
       {make_case(37, 2, 3, 5, 12, 3, {.stride = 2, .padding = 1}),
        make_case(37, 1, 3, 5, 12, 1, {.stride = 2}), make_case(7, 1, 17, 18, {13, 16}, 3, {.padding = 1}),
        make_case(37, 9, 1, 1, 16, 3, {.padding = 1}),
        make_case(37, 9, 1, 1, {15, 32}, 3, {.stride = 2, .padding = 1}),
        make_case(9, 1, 33, 40, {9, 32}, 1, {.stride = 2}), make_case(3, 1, 3, 5, 40, 5, {.stride = 2})}) {
    const auto check = [&](ConvolutionPass pass, auto&& run_pass) {
      for (const auto& [by_name, make] : takers(c, pass)) {
        const std::string name = by_name;
        CAPTURE(name);
        CHECK(reel_test::same_bits_at_any_thread_count([&, by = make] { return run_pass(by); }));
      }
    };
    check(ConvolutionPass::kForward,
          [&](MakePlan* make) { return forward(make, c, {.bias = c.bias.data()}); });
    check(ConvolutionPass::kInputGradient, [&](MakePlan* make) { return input_gradient(make, c); });
    check(ConvolutionPass::kWeightGradient, [&](MakePlan* make) { return weight_gradient(make, c); });
  }
}

TEST_CASE("A large dilation or stride does not take memory by its square") {
  const auto dilated = [](Index d) { return Convolution{16, 1, 1, 8, 8, 1, 8, 8, 3, 3, 1, 1, d, d, d, d}; };
  const Convolution strided{1, 1, 1, 10, 10, 1, 1, 1, 3, 3, 32768, 32768, 1, 1, 0, 0};
  for (const ConvolutionPass pass :
       {ConvolutionPass::kForward, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    CHECK(kernels::plan_convolution(dilated(2048), pass, 1)->scratch_bytes() < std::size_t{1} << 20);
    CHECK(kernels::plan_convolution(strided, pass, 1)->scratch_bytes() < std::size_t{1} << 20);
    CHECK(kernels::plan_direct_by_images(dilated(1), pass, 1));
  }
}
