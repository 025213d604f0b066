#include <doctest/doctest.h>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "compare_support.h"
#include "explain_support.h"
#include "uniform.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

constexpr Upsample2dOptions kBilinear{.mode = Interpolation::kBilinear},
    kCorners{.mode = Interpolation::kBilinear, .align_corners = true};

}  // namespace

TEST_CASE("upsample2d repeats each pixel") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4}));
  const Var y = upsample2d(x, {2, 3});
  CHECK(y.shape() == Shape{1, 1, 4, 6});
  CHECK(y.value().reshape({4, 6}).text() ==
        "tensor([[1., 1., 1., 2., 2., 2.],\n        [1., 1., 1., 2., 2., 2.],\n"
        "        [3., 3., 3., 4., 4., 4.],\n        [3., 3., 3., 4., 4., 4.]])");
  tape.backward(y, Tensor::arange(24).reshape({1, 1, 4, 6}));
  CHECK(x.grad().reshape({4}).text() == "tensor([ 24.,  42.,  96., 114.])");
}

TEST_CASE("upsample2d interpolates between the centres of pixels, or of the corners' pixels") {
  Tape tape;
  const Var row = tape.input(Tensor::from({1, 1, 1, 2}, {0, 12}));
  const auto text = [&](Index factor, Upsample2dOptions options) {
    return upsample2d(row, {1, factor}, options).value().reshape({2 * factor}).text();
  };
  CHECK(text(2, kBilinear) == "tensor([ 0.,  3.,  9., 12.])");
  CHECK(text(3, kBilinear) == "tensor([ 0.,  0.,  4.,  8., 12., 12.])");
  CHECK(text(2, kCorners) == "tensor([ 0.,  4.,  8., 12.])");
  CHECK(text(1, kBilinear) == "tensor([ 0., 12.])");
  const Var pixel = tape.input(Tensor::full({1, 1, 1, 1}, 7));
  for (const Upsample2dOptions& options : {kBilinear, kCorners}) {
    CHECK(upsample2d(pixel, 2, options).value().reshape({4}).text() == "tensor([7., 7., 7., 7.])");
  }
}

TEST_CASE("Gradients of upsample2d" * reel_test::in_double_alone()) {
  for (const Upsample2dOptions& options : {Upsample2dOptions{}, kBilinear, kCorners}) {
    CHECK_GRADIENT([=](Vars v) { return upsample2d(v[0], {3, 2}, options); }, uniform({2, 3, 2, 4}));
  }
}

TEST_CASE("upsample2d has the same bits at any thread count") {
  const Tensor x = uniform({8, 16, 20, 20});
  for (const Upsample2dOptions& options : {Upsample2dOptions{}, kBilinear}) {
    for (const bool gradient : {false, true}) {
      CHECK(reel_test::same_bits_at_any_thread_count([&] {
        Tape tape;
        const Var images = tape.variable(x), y = upsample2d(images, 2, options);
        if (!gradient) return y.value();
        tape.backward(y, uniform(y.shape(), -1, 1, 1));
        return images.grad();
      }));
    }
  }
}

TEST_CASE("upsample2d explains which pixel a number comes from, and tells its receptive field") {
  Tape tape;
  const Var x = tape.variable(uniform({1, 2, 3, 3})).named("x");
  const inspect::Trace trace(tape, sum(upsample2d(x, 2).named("y")));
  const auto said = [&](std::size_t event, Index element) {
    return *trace.explain(event, element, [](const Term&) {});
  };
  CHECK(said(1, 9).place == "image 0, channel 0, row 1, column 3");
  CHECK(said(1, 9).terms == 1);
  CHECK(said(trace.grad_events(0).at(0), 4).formula == "sum over u,v of dy[0,0,u+2,v+2]");
  const Reads reads = trace.facts(1).reads_of_each(std::vector{x.shape()}, Shape{1, 2, 6, 6}).at(0);
  CHECK(reads.kind == Reads::Kind::kTransposed);
  CHECK(reads.window.stride == Size2(2));
}

TEST_CASE("adaptive_avg_pool2d takes the means of windows that cover the input") {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(7).reshape({1, 1, 1, 7}));
  CHECK(adaptive_avg_pool2d(x, 1).item() == 3);
  CHECK(adaptive_avg_pool2d(x, {2, 7}).value().at(0, 0, 1, 6) == 6);
  const Var y = adaptive_avg_pool2d(x, {1, 3});  // columns 0-2, 2-4, 4-6
  CHECK(y.value().reshape({3}).text() == "tensor([1., 3., 5.])");
  tape.backward(y, Tensor::from({1, 1, 1, 3}, {3, 6, 9}));
  CHECK(x.grad().reshape({7}).text() == "tensor([1., 1., 3., 2., 5., 3., 3.])");
}

TEST_CASE("adaptive_avg_pool2d is avg_pool2d where all windows are alike") {
  Tape tape;
  const Var x = tape.input(uniform({1, 1, 6, 8}));
  const Var alike = adaptive_avg_pool2d(x, {3, 2}), others = adaptive_avg_pool2d(x, {3, 3});
  CHECK(tape.nodes()[alike.index()].op == "avg_pool2d");
  CHECK(tape.nodes()[others.index()].op == "matmul");
}

TEST_CASE("Gradients of adaptive_avg_pool2d" * reel_test::in_double_alone()) {
  for (const Size2& output : {Size2(2), Size2(3, 4), Size2(7, 1)}) {
    CHECK_GRADIENT([=](Vars v) { return adaptive_avg_pool2d(v[0], output); }, uniform({2, 3, 4, 6}));
  }
}

TEST_CASE("A batch of no images can be made larger and smaller") {
  for (const Upsample2dOptions& options : {Upsample2dOptions{}, kBilinear, kCorners}) {
    Tape tape;
    const Var x = tape.variable(Tensor::zeros({0, 2, 3, 4})), y = upsample2d(x, 2, options);
    CHECK(y.value().shape() == Shape{0, 2, 6, 8});
    CHECK(adaptive_avg_pool2d(x, {2, 3}).value().shape() == Shape{0, 2, 2, 3});
    tape.backward(y, Tensor::zeros({0, 2, 6, 8}));
    CHECK(x.grad().shape() == x.shape());
  }
}

TEST_CASE("upsample2d says what does not fit") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({1, 2, 3, 3}));
  CHECK_ERROR(upsample2d(tape.input(Tensor::zeros({2, 6, 6})), 2),
              "upsample2d (test_resampling.cpp:", "[1,C,H,W]");
  CHECK_ERROR(upsample2d(x, 0), "factor is 0x0, 1 to");
  CHECK_ERROR(upsample2d(x, {2, -1}, kBilinear), "upsample2d", "factor is 2x-1");
  CHECK_ERROR(upsample2d(x, 1 << 16), "factor is 65536x65536");
  CHECK(reel_test::error_of<Error>([&] { upsample2d(x, 2, {.align_corners = true}); }).find("kBilinear") !=
        std::string::npos);
  const Var wide = tape.input(Tensor::zeros({1, 1, 1, 1 << 22}));
  CHECK(reel_test::contains(reel_test::error_of<Error>([&] { upsample2d(wide, 16, kBilinear); }),
                            "upsample2d (test_resampling.cpp:"));  // out of memory
}

TEST_CASE("adaptive_avg_pool2d says what does not fit") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({1, 2, 3, 3}));
  CHECK_ERROR(adaptive_avg_pool2d(tape.input(Tensor::zeros({2, 6})), 1),
              "adaptive_avg_pool2d (test_resampling.cpp:", "[2,6]");
  CHECK_ERROR(adaptive_avg_pool2d(x, 0), "adaptive_avg_pool2d", "output is 0x0, 1 to");
  CHECK_ERROR(adaptive_avg_pool2d(x, {2, -3}), "output is 2x-3");
  CHECK_ERROR(adaptive_avg_pool2d(x, Index{1} << 40), "adaptive_avg_pool2d", "its result");
}
