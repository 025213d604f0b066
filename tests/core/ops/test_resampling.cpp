#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

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

TEST_CASE("adaptive_avg_pool2d has the same bits at any thread count") {
  const Tensor x = uniform({8, 16, 20, 20});
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tape tape;
    const Var images = tape.variable(x), y = adaptive_avg_pool2d(images, {7, 13});
    tape.backward(y, uniform(y.shape(), -1, 1, 1));
    return images.grad();
  }));
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
  CHECK(tape.nodes()[others.index()].op == "adaptive_avg_pool2d");
}

TEST_CASE("Gradients of adaptive_avg_pool2d" * reel_test::in_double_alone()) {
  for (const Size2& output : {Size2(2), Size2(3, 4), Size2(7, 1)}) {
    CHECK_GRADIENT([=](Vars v) { return adaptive_avg_pool2d(v[0], output); }, uniform({2, 3, 4, 6}));
  }
}

namespace {

// Whether each pixel that a number of y = f(x) is made of lies where `reads` says, and, where `exactly`, all
// of those that lie there are.
void check_reads(const std::function<Var(Var)>& f, const Shape& shape, bool exactly) {
  Tape tape;
  const Var x = tape.variable(uniform(shape)), y = f(x);
  const inspect::Trace trace(tape, sum(y));
  const auto& [kind, window, start] = trace.nodes()[y.index()].reads.at(0);
  const auto read = [&, kind = kind](Index out, Index in, Index first, Index kernel, Index stride) {
    const Index u = kind == Reads::Kind::kTransposed ? out - first - in * stride : in - first - out * stride;
    return u >= 0 && u < kernel;
  };
  for (Index i = 0; i < y.numel(); i++) {
    std::vector<bool> found(static_cast<std::size_t>(x.numel()));
    trace.explain(y.index(), i,
                  [&](const Term& term) { found[static_cast<std::size_t>(term.a.index)] = true; });
    for (Index k = 0; k < x.numel(); k++) {
      const Index w = shape[3], out_w = y.shape()[3];
      const bool said = read(i / out_w, k / w, start.h, window.kernel.h, window.stride.h) &&
                        read(i % out_w, k % w, start.w, window.kernel.w, window.stride.w);
      const bool is = found[static_cast<std::size_t>(k)];
      CHECK_MESSAGE((exactly ? said == is : said || !is), "pixel ", k, " of number ", i);
    }
  }
}

}  // namespace

TEST_CASE("What a resampled pixel reads is within what it is said to read") {
  for (const Size2& factor : {Size2(1, 2), Size2(2, 3), Size2(4, 5)}) {
    check_reads([=](Var x) { return upsample2d(x, factor, kBilinear); }, {1, 1, 4, 3}, true);
    check_reads([=](Var x) { return upsample2d(x, factor, kCorners); }, {1, 1, 4, 3}, false);
  }
  for (const Size2& output : {Size2(3, 4), Size2(7, 1), Size2(2, 5)}) {
    check_reads([=](Var x) { return adaptive_avg_pool2d(x, output); }, {1, 1, 5, 6}, false);
  }
  check_reads([](Var x) { return adaptive_avg_pool2d(x, 3); }, {1, 1, 7, 7}, true);
}

TEST_CASE("upsample2d and adaptive_avg_pool2d explain the weights of the pixels that they read") {
  Tape tape;
  const Var x = tape.variable(uniform({1, 1, 3, 3})).named("x");
  const inspect::Trace trace(tape, sum(adaptive_avg_pool2d(upsample2d(x, 2, kBilinear).named("y"), {4, 3})));
  std::string notes;
  const auto said = [&](std::size_t event, Index element) {
    notes.clear();
    return *trace.explain(event, element, [&](const Term& term) { notes += std::string(term.note) + " "; });
  };
  const Explanation corner = said(1, 0), inner = said(1, 8);
  CHECK(corner.terms == 1);
  CHECK(notes == "0.75 * 0.25 0.75 * 0.75 0.25 * 0.25 0.25 * 0.75 ");
  CHECK(inner.place == "image 0, channel 0, row 1, column 2");
  CHECK(inner.formula == "sum over u,v of x[0,0,u+0,v+0] * row_weight[1,u] * column_weight[2,v]");
  const std::size_t gradient = trace.grad_events(0).at(0);
  CHECK(said(gradient, 4).formula ==
        "sum over i,j of dy[0,0,i,j] * row_weight[i,1-first_row[i]] * column_weight[j,1-first_column[j]]");
  CHECK(said(gradient, 4).terms == 16);
  CHECK(trace.nodes().size() == 4);  // no matrices
  CHECK(tape.nodes()[1].macs == 0);
  reel_test::check_explained(trace);
}

TEST_CASE("What resamples a long line needs no memory for its square") {
  Tape tape;
  const Var line = tape.input(Tensor::ones({1, 1, 1, 1 << 16}));
  const Var y = upsample2d(line, {1, 4}, kBilinear);
  CHECK(adaptive_avg_pool2d(y, {1, 99999}).value().at(0, 0, 0, 77777) == 1);
}

TEST_CASE("Pixels that a number does not read leave no NaN in it") {
  Tape tape;
  const Var x = tape.input(Tensor::from({1, 1, 1, 3}, {1, std::numeric_limits<Scalar>::quiet_NaN(), 2}));
  const Tensor y = upsample2d(x, {1, 2}, kBilinear).value();
  CHECK(y.at(0, 0, 0, 0) == 1);
  CHECK(std::isnan(y.at(0, 0, 0, 1)));
  CHECK(y.at(0, 0, 0, 5) == 2);
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
