#include <reel/core/inspect/terminal/sliding.h>

#include <doctest/doctest.h>

#include <functional>

#include <reel/core/ops/ops.h>

using namespace reel;
using namespace reel::inspect;

namespace {

// "kernel 2x2 stride 1x1 dilation 1x1 start 0,0" of how f's result lies over x [1,2,6,6].
std::string sliding(const std::function<Var(Var)>& f, std::size_t input = 0) {
  Tape tape;
  const Var y = f(tape.variable(Tensor::full({1, 2, 6, 6}, Scalar(0.5))));
  const Trace trace(tape, sum(y));
  const auto s = sliding_of(trace, y.index(), input);
  if (!s) return "none";
  const auto& [kernel, stride, dilation] = s->window;
  return fmt::format("kernel {}x{} stride {}x{} dilation {}x{} start {},{}", kernel.h, kernel.w, stride.h,
                     stride.w, dilation.h, dilation.w, s->start.h, s->start.w);
}

Var ones(Var x, const Shape& shape) { return x.tape().input(Tensor::ones(shape)); }

}  // namespace

TEST_CASE("Windows slide from the padding on") {
  const Conv2dParams params{.stride = {2, 1}, .padding = {1, 2, 3, 4}, .dilation = {1, 2}};
  const auto convolution = [&](Var x) { return conv2d(x, ones(x, {4, 2, 3, 2}), {}, params); };
  CHECK(sliding(convolution) == "kernel 3x2 stride 2x1 dilation 1x2 start -1,-3");
  CHECK(sliding(convolution, 1) == "none");  // a weight
  CHECK(sliding([](Var x) {
          return max_pool2d(x, 2, {.padding = {0, 1}});
        }) == "kernel 2x2 stride 2x2 dilation 1x1 start 0,-1");
  CHECK(sliding([](Var x) { return global_avg_pool2d(x); }) ==
        "kernel 6x6 stride 1x1 dilation 1x1 start 0,0");
}

TEST_CASE("Each pixel reads one pixel: its own, one beside it, or one for all") {
  CHECK(sliding([](Var x) { return relu(x); }) == "kernel 1x1 stride 1x1 dilation 1x1 start 0,0");
  CHECK(sliding([](Var x) {
          return pad2d(x, {1, 2, 3, 4});
        }) == "kernel 1x1 stride 1x1 dilation 1x1 start -1,-3");
  CHECK(sliding([](Var x) {
          return slice(x, 3, {1, 6, 2});
        }) == "kernel 1x1 stride 1x2 dilation 1x1 start 0,1");
  CHECK(sliding([](Var x) { return slice(x, 1, {1, 2}); }) == "kernel 1x1 stride 1x1 dilation 1x1 start 0,0");
  CHECK(sliding(
            [](Var x) {
              return concat({x, x}, 2);
            },
            1) == "kernel 1x1 stride 1x1 dilation 1x1 start -6,0");
  CHECK(sliding(
            [](Var x) {
              return x * ones(x, {1, 2, 1, 6});
            },
            1) == "kernel 1x1 stride 0x1 dilation 1x1 start 0,0");
}

TEST_CASE("Other ops mix pixels in a way of their own") {
  CHECK(sliding([](Var x) { return flatten(x); }) == "none");
  CHECK(sliding([](Var x) { return softmax(x); }) == "none");
  CHECK(sliding([](Var x) { return transpose(x, 2, 3); }) == "none");
  CHECK(sliding([](Var x) { return conv_transpose2d(x, ones(x, {2, 1, 3, 3})); }) == "none");
}
