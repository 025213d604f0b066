#include <reel/core/reads.h>

#include <doctest/doctest.h>

#include <functional>

#include <reel/core/ops/ops.h>

#include "own_op.h"

using namespace reel;

namespace {

// "window 2x2, stride 1x1, dilation 1x1, start 0,0" of how f's result lies over x [1,2,6,6].
std::string reads(const std::function<Var(Var)>& f, std::size_t input = 0) {
  Tape tape;
  const Var y = f(tape.variable(Tensor::full({1, 2, 6, 6}, Scalar(0.5))));
  const Reads found = tape.nodes()[y.index()].reads.at(input);
  const auto& [kind, window, start] = found;
  const std::string name(kind_name(kind));
  if (!found.has_window() || kind == Reads::Kind::kSwapped) return name;
  return fmt::format("{} {}x{}, stride {}x{}, dilation {}x{}, start {},{}", name, window.kernel.h,
                     window.kernel.w, window.stride.h, window.stride.w, window.dilation.h, window.dilation.w,
                     start.h, start.w);
}

Var ones(Var x, const Shape& shape) { return x.tape().input(Tensor::ones(shape)); }

}  // namespace

TEST_CASE("Windows slide from the padding on, a transposed convolution's over its output") {
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 2, 3, 4}, .dilation = {1, 2}};
  const auto convolution = [&](Var x) { return conv2d(x, ones(x, {4, 2, 3, 2}), ones(x, {4}), options); };
  CHECK(reads(convolution) == "window 3x2, stride 2x1, dilation 1x2, start -1,-3");
  CHECK(reads(convolution, 1) == "weight");
  CHECK(reads(convolution, 2) == "weight");
  CHECK(reads([](Var x) {
          return conv_transpose2d(x, ones(x, {2, 1, 3, 3}), {}, {.stride = 2, .padding = 1});
        }) == "transposed 3x3, stride 2x2, dilation 1x1, start -1,-1");
  CHECK(reads([](Var x) {
          return max_pool2d(x, 2, {.padding = {0, 1}});
        }) == "window 2x2, stride 2x2, dilation 1x1, start 0,-1");
  CHECK(reads([](Var x) { return global_avg_pool2d(x); }) ==
        "window 6x6, stride 1x1, dilation 1x1, start 0,0");
}

TEST_CASE("Resampled images read windows of one pixel on, or windows that hold each of the uneven ones") {
  const Upsample2dOptions bilinear{.mode = Interpolation::kBilinear},
      corners{.mode = Interpolation::kBilinear, .align_corners = true};
  CHECK(reads([=](Var x) {
          return upsample2d(x, {2, 3}, bilinear);
        }) == "transposed 4x5, stride 2x3, dilation 1x1, start -1,-1");
  CHECK(reads([=](Var x) { return upsample2d(x, 2, corners); }) ==
        "transposed 4x4, stride 2x2, dilation 1x1, start -1,-1");
  CHECK(reads([](Var x) {
          return adaptive_avg_pool2d(x, {4, 5});
        }) == "window 3x2, stride 1x1, dilation 1x1, start 0,0");
}

TEST_CASE("Each pixel reads one pixel: its own, one beside it, or one for all") {
  CHECK(reads([](Var x) { return relu(x); }) == "pixels 1x1, stride 1x1, dilation 1x1, start 0,0");
  CHECK(reads([](Var x) {
          return pad2d(x, {1, 2, 3, 4});
        }) == "pixels 1x1, stride 1x1, dilation 1x1, start -1,-3");
  CHECK(reads([](Var x) {
          return slice(x, 3, {1, 6, 2});
        }) == "pixels 1x1, stride 1x2, dilation 1x1, start 0,1");
  CHECK(reads([](Var x) {
          return slice(x, 1, {1, 2});
        }) == "pixels 1x1, stride 1x1, dilation 1x1, start 0,0");
  CHECK(reads(
            [](Var x) {
              return concat({x, x}, 2);
            },
            1) == "part 1x1, stride 1x1, dilation 1x1, start -6,0");
  CHECK(reads(
            [](Var x) {
              return x * ones(x, {1, 2, 1, 6});
            },
            1) == "pixels 1x1, stride 0x1, dilation 1x1, start 0,0");
  CHECK(reads([](Var x) { return transpose(x, 2, 3); }) == "swapped");
}

TEST_CASE("Other ops read all, a line, or what is not followed") {
  CHECK(reads([](Var x) { return flatten(x); }) == "rearranged");
  CHECK(reads([](Var x) { return permute(x, {0, 2, 3, 1}); }) == "rearranged");
  CHECK(reads([](Var x) { return slice(reshape(x, {2, 36}), 1, {1, 6, 2}); }) == "rearranged");
  CHECK(reads([](Var x) { return softmax(x); }) == "window 1x6, stride 1x0, dilation 1x1, start 0,0");
  CHECK(reads([](Var x) { return layer_norm(x, ones(x, {2, 6, 6})); }) == "all");
  CHECK(reads([](Var x) { return batch_norm2d(x, {}, {}); }) == "batch");
  CHECK(reads([](Var x) { return linear(flatten(x), ones(x, {3, 72})); }) == "all");
  CHECK(reads([](Var x) { return mean(x); }) == "all");
  CHECK(reads([](Var x) { return reel_test::own_op("conv2d", x); }) == "unknown");
}

TEST_CASE("A tape without recording tells nothing of what its ops read") {
  Tape tape{{.record = false}};
  const Var y = relu(tape.input(Tensor::ones({1, 1, 2, 2})));
  CHECK(tape.nodes()[y.index()].reads.empty());
}
