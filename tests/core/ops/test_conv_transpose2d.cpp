#include <algorithm>

#include <doctest/doctest.h>
#include <reel/core/ops/ops.h>
#include <reel/core/ops/reference.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {
using Vars = std::span<const Var>;
}

TEST_CASE("conv_transpose2d agrees with the textbook's loop on many shapes") {
  reel_test::Draw draw(11);
  for (int i = 0; i < 200; i++) {
    CAPTURE(i);
    const Size2 stride(draw(1, 5), draw(1, 4)), dilation(draw(1, 3), draw(1, 3));
    const ConvTranspose2dOptions options{.stride = stride,
                                         .padding = {draw(0, 1), draw(0, 1), draw(0, 1), draw(0, 1)},
                                         .dilation = dilation,
                                         .groups = draw(1, 2),
                                         .output_padding = {draw(0, std::max(stride.h, dilation.h) - 1),
                                                            draw(0, std::max(stride.w, dilation.w) - 1)}};
    const Tensor x = uniform({draw(1, 3), 2 * options.groups, draw(3, 6), draw(3, 9)}, -1, 1, 0);
    const Tensor weight = uniform({x.size(1), draw(1, 3), draw(1, 4), draw(1, 4)}, -1, 1, 1);
    const Tensor bias = uniform({weight.size(1) * options.groups}, -1, 1, 2);
    const Tensor expected = reference::conv_transpose2d(x, weight, bias, options);
    Tape tape;
    const Var y = conv_transpose2d(tape.input(x), tape.input(weight), tape.input(bias), options);
    CHECK_CLOSE(y.value(), expected);
  }
}

TEST_CASE("conv_transpose2d of one pixel with output padding, which a dilation allows") {
  const Tensor x = uniform({3, 5, 10, 4}), weight = uniform({5, 4, 1, 1}, -1, 1, 1),
               bias = uniform({4}, -1, 1, 2);
  for (const Tensor& b : {Tensor(), bias}) {
    const ConvTranspose2dOptions options{.dilation = {4, 2}, .output_padding = {2, 1}};
    Tape tape;
    const Var y =
        conv_transpose2d(tape.input(x), tape.input(weight), b.defined() ? tape.input(b) : Var(), options);
    CHECK(y.shape() == Shape{3, 4, 12, 5});
    CHECK_CLOSE(y.value(), reference::conv_transpose2d(x, weight, b, options));
  }
  CHECK_GRADIENT(
      [](Vars v) {
        return conv_transpose2d(v[0], v[1], v[2], {.dilation = 3, .output_padding = {2, 1}});
      },
      uniform({2, 3, 3, 4}), uniform({3, 2, 1, 1}, -1, 1, 1), uniform({2}, -1, 1, 2));
}

TEST_CASE("conv_transpose2d undoes the sizes of conv2d") {
  Tape tape;
  const Var x = tape.input(uniform({1, 2, 8, 9})), weight = tape.input(uniform({3, 2, 3, 3}, -1, 1, 1));
  const Var y = conv2d(x, weight, {}, {.stride = 2, .padding = 1});
  CHECK(conv_transpose2d(y, weight, {}, {.stride = 2, .padding = 1, .output_padding = {1, 0}}).shape() ==
        x.shape());
}

TEST_CASE("Gradients of conv_transpose2d" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 4, 3, 4}), weight = uniform({4, 3, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  CHECK_GRADIENT(
      [](Vars v) {
        return conv_transpose2d(
            v[0], v[1], v[2],
            {.stride = {2, 3}, .padding = {1, 0, 2, 1}, .groups = 2, .output_padding = {1, 2}});
      },
      x, weight, bias);
  CHECK_GRADIENT([](Vars v) { return conv_transpose2d(v[0], v[1], {}, {.dilation = 2}); }, x, weight);
}

TEST_CASE("conv_transpose2d explains its numbers") {
  const Tensor x = uniform({2, 4, 3, 4}), weight = uniform({4, 3, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  const auto f = [](Vars v) {
    return conv_transpose2d(
        v[0], v[1], v[2], {.stride = {2, 3}, .padding = {1, 0, 2, 1}, .groups = 2, .output_padding = {1, 2}});
  };
  CHECK_EXPLAINED(f, x, weight, bias);
  CHECK_EXPLAINED([](Vars v) { return conv_transpose2d(v[0], v[1], {}, {.dilation = 2}); }, x, weight);

  Tape tape;
  const std::vector<Var> v = {tape.variable(x).named("x"), tape.variable(weight).named("w"),
                              tape.variable(bias).named("b")};
  const Var y = f(v).named("y");
  const inspect::Trace trace(tape, mse_loss(y, Tensor::zeros(y.shape())));
  const auto explain = [&](std::size_t event, Index element) {
    return *trace.explain(event, element, [](const Term&) {});
  };
  CHECK(explain(y.index(), 0).formula ==
        "sum over c,u,v of x[0,c,(1-u)/2,(2-v)/3] * w[c,0,u,v] + b[0], where that is a whole position");
  const Explanation dw =
      explain(trace.grad_events(v[1].index()).at(0), 2 * 18);  // [2,0,0,0], of the 2nd group
  CHECK(dw.place == "input channel 2 -> output channel 3, kernel row 0, column 0");
  CHECK(dw.formula == "sum over n,i,j of dy[n,3,2i-1,3j-2] * x[n,2,i,j]");
}

TEST_CASE("conv_transpose2d says what does not fit") {
  Tape tape;
  const auto zeros = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  const Var x = zeros({1, 4, 3, 3}), weight = zeros({4, 2, 3, 3});
  CHECK_ERROR(conv_transpose2d(x, zeros({3, 2, 3, 3})), "conv_transpose2d",
              "input has 4 channels, weight [3,2,3,3] wants 3");
  CHECK_ERROR(conv_transpose2d(zeros({4, 3, 3}), weight), "reshape");
  CHECK_ERROR(conv_transpose2d(x, zeros({4, 2, 3})), "weight is [4,2,3]");
  CHECK_ERROR(conv_transpose2d(x, weight, zeros({3})), "bias is [3], [2] is wanted");
  CHECK_THROWS_WITH_AS(conv_transpose2d(x, weight, zeros({2}), {.bias = false}),
                       doctest::Contains("a bias was given with .bias = false"), Error);
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.groups = 3}), "3 groups");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.groups = Index{1} << 62}), "groups", "4 input channels");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.stride = 0}), "stride is 0x0");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.padding = -1}), "padding is -1");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.dilation = 0}), "dilation is 0x0");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.stride = 2, .output_padding = 2}), "output_padding is 2x2",
              "stride 2x2");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.stride = 2, .output_padding = {2, 0}}),
              "output_padding is 2x0");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.stride = 2, .output_padding = {0, 2}}),
              "output_padding is 0x2");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.padding = 3}), "leaves -1x-1", "pad less");
  CHECK_ERROR(conv_transpose2d(x, weight, {}, {.stride = Index{1} << 24}), "1 to 32768 is wanted");
  const Var many = tape.input(Tensor::zeros({64, weight.size(0), 16, 16}));  // to 60 TB and more
  CHECK_ERROR(conv_transpose2d(many, weight, {}, {.stride = 32768}), "conv_transpose2d (", "out of memory");
}
