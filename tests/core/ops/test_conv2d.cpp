#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/ranges.h>
#include <reel/core/ops/ops.h>
#include <reel/core/ops/reference.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

Tensor run(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  Tape tape{{.record = false}};
  return conv2d(tape.input(x), tape.input(weight), bias.defined() ? tape.input(bias) : Var(), options)
      .value();
}

}  // namespace

TEST_CASE("conv2d is the textbook's cross-correlation, with every option") {
  const Tensor x = uniform({2, 4, 7, 9}), weight = uniform({6, 2, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 0, 2, 3}, .dilation = {1, 2}, .groups = 2};
  const Tensor y = run(x, weight, bias, options);
  CHECK(y.shape() == Shape{2, 6, 3, 12});
  CHECK_CLOSE(y, reference::conv2d(x, weight, bias, options));
}

TEST_CASE("conv2d's output sizes round down") {
  const auto shape = [](Size2 image, Index kernel, Conv2dOptions options) {
    return run(Tensor::zeros({1, 1, image.h, image.w}), Tensor::zeros({1, 1, kernel, kernel}), {}, options)
        .shape();
  };
  CHECK(shape(28, 5, {.padding = 2}) == Shape{1, 1, 28, 28});
  CHECK(shape({8, 9}, 3, {.stride = 2}) == Shape{1, 1, 3, 4});
  CHECK(shape(32, 3, {.stride = 2, .padding = 1}) == Shape{1, 1, 16, 16});
  CHECK(shape(5, 3, {.dilation = 2}) == Shape{1, 1, 1, 1});
}

TEST_CASE("Gradients of conv2d" * reel_test::in_double_alone()) {
  const Tensor x = uniform({2, 4, 6, 5}), weight = uniform({6, 2, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  CHECK_GRADIENT([](Vars v) { return conv2d(v[0], v[1], v[2], {.groups = 2}); }, x, weight, bias);
  CHECK_GRADIENT(
      [](Vars v) {
        return conv2d(v[0], v[1], v[2],
                      {.stride = {2, 3}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}, .groups = 2});
      },
      x, weight, bias);
  CHECK_GRADIENT([](Vars v) { return conv2d(v[0], v[1], {}, {.padding = 1}); }, uniform({1, 1, 8, 8}),
                 uniform({2, 1, 5, 5}, -1, 1, 1));
  CHECK_GRADIENT([](Vars v) { return conv2d(v[0], v[1], {}, {.stride = 5}); }, uniform({1, 2, 11, 11}),
                 uniform({2, 2, 3, 3}, -1, 1, 1));
}

TEST_CASE("conv2d explains its numbers, with every option") {
  const Tensor x = uniform({2, 4, 6, 5}), weight = uniform({6, 2, 3, 2}, -1, 1, 1),
               bias = uniform({6}, -1, 1, 2);
  CHECK_EXPLAINED([](Vars v) { return conv2d(v[0], v[1], v[2], {.groups = 2}); }, x, weight, bias);
  CHECK_EXPLAINED(
      [](Vars v) {
        return conv2d(v[0], v[1], v[2],
                      {.stride = {2, 3}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}, .groups = 2});
      },
      x, weight, bias);
  CHECK_EXPLAINED([](Vars v) { return conv2d(v[0], v[1], {}, {.padding = 1}); }, uniform({1, 2, 8, 8}),
                  uniform({2, 2, 3, 3}, -1, 1, 1));
  CHECK_EXPLAINED([](Vars v) { return conv2d(v[0], v[1], {}, {.stride = 5}); }, uniform({1, 2, 11, 11}),
                  uniform({2, 2, 3, 3}, -1, 1, 1));
  CHECK_EXPLAINED([](Vars v) { return conv2d(v[0], v[1], {}, {.stride = 2, .padding = 1}); },
                  uniform({1, 2, 4, 4}), uniform({2, 2, 1, 1}, -1, 1, 1));
}

TEST_CASE("conv2d says in words and as a formula which sum a number is") {
  Tape tape;
  const Var x = tape.variable(uniform({1, 4, 6, 6})).named("x");
  const Var w = tape.variable(uniform({6, 2, 3, 3}, -1, 1, 1)).named("w");
  const Var b = tape.variable(uniform({6}, -1, 1, 2)).named("b");
  const Var z = conv2d(x, w, b, {.stride = {2, 1}, .padding = 1, .dilation = {1, 2}, .groups = 2}).named("z");
  const inspect::Trace trace(tape, mse_loss(z, Tensor::zeros(z.shape())));
  std::string notes;
  const auto explain = [&](std::size_t event, Index element) {
    notes.clear();
    return trace.explain(event, element, [&](const Term& term) {
      if (!term.note.empty()) notes += fmt::format("{}@{} ", term.note, fmt::join(term.loop, ","));
    });
  };
  const auto value = explain(z.index(), z.value().numel() - 1);  // [0,5,2,3]
  CHECK(value->place == "image 0, output channel 5, row 2, column 3");
  CHECK(value->formula == "sum over c,u,v of x[0,c+2,u+3,2v+2] * w[5,c,u,v] + b[5]");
  CHECK(value->terms == 2 * 9 + 1);
  CHECK(notes ==
        "padding@0,0,2 padding@0,1,2 padding@0,2,2 padding@1,0,2 padding@1,1,2 padding@1,2,2 bias@ ");
  const auto dx = explain(trace.grad_events(x.index()).at(0), 2 * 36 + 6 + 3);  // [0,2,1,3]
  CHECK(dx->place == "image 0, input channel 2, row 1, column 3");
  CHECK(dx->formula == "sum over o,u,v of dz[0,o,(2-u)/2,4-2v] * w[o,0,u,v], where that is a whole position");
  CHECK(dx->terms == 3 * 2 * 2);
  const auto dw = explain(trace.grad_events(w.index()).at(0), 4 * 18 + 9 + 1);  // [4,1,0,1]
  CHECK(dw->place == "input channel 3 -> output channel 4, kernel row 0, column 1");
  CHECK(dw->formula == "sum over n,i,j of dz[n,4,i,j] * x[n,3,2i-1,j+1]");
  CHECK(dw->terms == 3 * 4);
  const auto db = explain(trace.grad_events(b.index()).at(0), 3);
  CHECK(db->formula == "sum over n,i,j of dz[n,3,i,j]");
}

TEST_CASE("conv2d gives gradients to those who ask alone") {
  Tape tape;
  Parameter weight{.name = "weight", .value = uniform({2, 1, 3, 3})};
  const Var x = tape.input(uniform({1, 1, 5, 5}));
  tape.backward(sum(conv2d(x, tape.parameter(weight))));
  CHECK(weight.grad.shape() == weight.value.shape());
  CHECK_THROWS_AS((void)x.grad(), Error);
}

TEST_CASE("conv2d has the same bits when it is run again") {
  const Tensor x = uniform({3, 2, 9, 9}), weight = uniform({4, 2, 3, 3}, -1, 1, 1);
  CHECK(std::ranges::equal(run(x, weight, {}, {}).values(), run(x, weight, {}, {}).values()));
}

TEST_CASE("The largest padding and dilation are no danger to sizes") {
  constexpr Index kMost = 32768, kChannels = 4096;
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, kChannels, 1, 1}));
  const Var weight = tape.variable(Tensor::ones({1, kChannels, 3, 3}));
  const Var y = conv2d(x, weight, {}, {.padding = kMost, .dilation = kMost});
  CHECK(y.item() == kChannels);  // the middle of the kernel alone meets the pixel
  tape.backward(y);
  const Tensor dweight = weight.grad();
  CHECK(dweight.at(0, kChannels - 1, 1, 1) == 1);
  CHECK(dweight.at(0, kChannels - 1, 0, 0) == 0);
}

TEST_CASE("conv2d says what does not fit") {
  Tape tape;
  const auto zeros = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  const Var x = zeros({2, 3, 8, 8}), weight = zeros({16, 6, 5, 5});
  CHECK_ERROR(conv2d(x, weight),
              "conv2d (test_conv2d.cpp:", "input has 3 channels, weight [16,6,5,5] wants 6");
  CHECK_ERROR(conv2d(zeros({3, 8, 8}), weight), "[3,8,8]", "reshape a single image to [1,C,H,W]");
  CHECK_ERROR(conv2d(zeros({8, 8}), weight), "[8,8]", "[N,C,H,W]");
  CHECK_ERROR(conv2d(zeros({1, 6, 0, 8}), weight), "no pixels");
  CHECK_ERROR(conv2d(zeros({0, 6, Index{1} << 50, 8}), weight), "too large");
  CHECK_ERROR(conv2d(x, zeros({16, 3, 5})), "weight is [16,3,5]");
  CHECK_ERROR(conv2d(x, zeros({16, 3, 0, 5})), "weight is [16,3,0,5]");
  const Var fitting = zeros({4, 3, 5, 5});
  CHECK_ERROR(conv2d(x, fitting, zeros({3})), "bias is [3], [4] is wanted");
  CHECK_THROWS_WITH_AS(conv2d(x, fitting, zeros({4}), {.bias = false}),
                       doctest::Contains(": a bias was given with .bias = false; leave one of them out"),
                       Error);
  CHECK_ERROR(conv2d(x, fitting, {}, {.groups = 3}), "3 groups", "4 output channels");
  CHECK_ERROR(conv2d(x, fitting, {}, {.groups = 0}), "0 groups");
  CHECK_ERROR(conv2d(x, fitting, {}, {.groups = 2}), "3 input channels", "2 groups");
  CHECK_ERROR(conv2d(x, fitting, {}, {.stride = {1, 0}}), "stride is 1x0");
  CHECK_ERROR(conv2d(x, fitting, {}, {.dilation = -1}), "dilation is -1x-1");
  CHECK_ERROR(conv2d(x, fitting, {}, {.padding = {0, 0, -2, 0}}), "padding is 0, 0, -2, 0", "crop");
  CHECK_ERROR(conv2d(x, fitting, {}, {.padding = Index{1} << 62}), "padding", "0 to 32768 is wanted");
  CHECK_ERROR(conv2d(x, fitting, {}, {.dilation = 2}), "the kernel covers 9x9 pixels", "8x8", "pad more");
  CHECK_ERROR(conv2d(zeros({1, 3, 2, 8}), fitting), "5x5", "2x8");
}

TEST_CASE("conv2d refuses a Var of another tape, and a scope names the layer") {
  Tape tape, other;
  const Var x = tape.input(Tensor::zeros({1, 1, 4, 4})), weight = other.input(Tensor::zeros({1, 1, 3, 3}));
  CHECK(reel_test::error_of<Error>([&] { conv2d(x, weight); }).find("another tape") != std::string::npos);
  const Scope scope("conv2", Location(), Scope::Lines::kOwnLine);
  CHECK_ERROR(conv2d(x, x, {}, {.stride = 0}), "conv2d \"conv2\" (test_conv2d.cpp:");
}
