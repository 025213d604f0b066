#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "close.h"
#include "compare_support.h"
#include "explain_support.h"

using namespace reel;

namespace {

std::string formula_of(const inspect::Trace& trace, std::size_t event, Index element) {
  return trace.explain(event, element, [](const Term&) {})->formula;
}

}  // namespace

TEST_CASE("Group norm of one group is a layer norm of the image, of as many as channels an instance norm") {
  const Tensor x = reel_test::uniform({2, 4, 3, 2}), weight = reel_test::uniform({4}, -1, 1, 1);
  Tape tape;
  const Var vx = tape.input(x), w = tape.input(weight);
  const Var whole = layer_norm(vx, tape.input(Tensor::ones({4, 3, 2})));
  CHECK_CLOSE(group_norm(vx, 1).value(), whole.value());
  CHECK_CLOSE(group_norm(vx, 4, w).value(), instance_norm2d(vx, w, {}, {.affine = true}).value());
  const Var image = tape.input(reel_test::uniform({1, 4, 3, 2}));
  CHECK_CLOSE(instance_norm2d(image).value(), batch_norm2d(image, {}, {}).value());
}

TEST_CASE("The gradients of group and instance norm agree with differences" * reel_test::in_double_alone()) {
  const Tensor x = reel_test::uniform({2, 4, 2, 3}), flat = reel_test::uniform({3, 4, 3});
  const Tensor weight = Tensor::from({4}, {Scalar(1.5), 0, -2, 0}), bias = reel_test::uniform({4}, -1, 1, 2);
  CHECK_GRADIENT([](auto v) { return group_norm(v[0], 2, v[1], v[2]); }, x, weight, bias);
  CHECK_GRADIENT([](auto v) { return group_norm(v[0], 2, v[1], {}, {.eps = 0.1}); }, flat, weight);
  CHECK_GRADIENT([](auto v) { return relu(group_norm(v[0], 2) + v[0]); }, x);  // in one pass
  CHECK_GRADIENT([](auto v) { return instance_norm2d(v[0], v[1], v[2], {.affine = true}); }, x, weight, bias);
}

TEST_CASE("Group norm is right where distances from the mean and products with them overflow") {
  const Scalar u = sizeof(Scalar) == 8 ? static_cast<Scalar>(0.85e308) : Scalar(1e38);
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 2, 1, 2}, {u, -u, 2 * u, -2 * u}));
  const Var weight = tape.input(Tensor::from({2}, {3, 0}));
  const Var y = group_norm(x, 1, weight);
  CHECK_CLOSE(y.value(), std::vector<double>{1.8973665961010275, -1.8973665961010275, 0, 0});
  tape.backward(y, Tensor::from({1, 2, 1, 2}, {1, 0, 7, 7}));
  const double scale = 3 * 0.6324555320336759 / static_cast<double>(u);
  CHECK_CLOSE(x.grad(), std::vector<double>{0.65 * scale, -0.15 * scale, -0.45 * scale, -0.05 * scale});
}

TEST_CASE("A group of one value is normalised to 0, and so are equal numbers") {
  Tape tape;
  const Var one = tape.variable(reel_test::uniform({2, 3})), bias = tape.input(Tensor::from({3}, {1, 2, 3}));
  const Var y = group_norm(one, 3, tape.input(Tensor::ones({3})), bias);
  const Var equal = group_norm(tape.input(Tensor::full({1, 4, 30, 30}, Scalar(0.1))), 2);
  CHECK(std::ranges::all_of(equal.value().values(), [](Scalar v) { return v == 0; }));
  CHECK(std::ranges::equal(y.value().values(), std::array<Scalar, 6>{1, 2, 3, 1, 2, 3}));
  tape.backward(sum(y));
  CHECK(std::ranges::all_of(one.grad().values(), [](Scalar v) { return v == 0; }));
}

TEST_CASE("The formulas of group norm count the channels of a group by the tensor's own index") {
  Tape tape;
  const Var x = tape.variable(reel_test::uniform({2, 4, 2, 3})).named("x");
  const Var w = tape.variable(Tensor::ones({4})).named("w");
  const inspect::Trace trace(tape, sum(group_norm(x, 2, w).named("y") * x));
  const std::size_t dx = trace.grad_events(x.index()).at(1);
  CHECK(formula_of(trace, trace.find("y"), 22) == "xhat * w[3], xhat = (x[0,3,1,1] - mean) / deviation");
  CHECK(formula_of(trace, dx, 22) ==
        "(dy[0,3,1,1] * w[3] - sum over c,i,j of dy[0,c+2,i,j] * w[c+2] * (1 + xhat[0,3,1,1] * "
        "xhat[0,c+2,i,j]) / 12) / deviation, xhat = (x[0,c+2,i,j] - mean) / deviation");
  CHECK(formula_of(trace, dx, 0).find("xhat = (x[0,c,i,j] - mean)") != std::string::npos);
  CHECK(formula_of(trace, trace.grad_events(w.index()).at(0), 3) ==
        "sum over n,i,j of dy[n,3,i,j] * xhat[n,3,i,j], xhat = (x[n,3,i,j] - mean) / deviation");
  std::vector<Index> channels;
  trace.explain(dx, 22, [&](const Term& term) {
    if (term.note == "through the mean") channels.push_back(term.a.index / 6);
  });
  CHECK(channels == std::vector<Index>{2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3});
}

TEST_CASE("A number of a group norm reads all pixels of its image") {
  const auto kind = [](const Shape& shape, Index groups) {
    Tape tape;
    const Var y = group_norm(tape.variable(Tensor::zeros(shape)), groups);
    return tape.nodes()[y.index()].reads.at(0).kind;
  };
  CHECK(kind({2, 4, 3, 3}, 2) == Reads::Kind::kAll);
  CHECK(kind({2, 4}, 1) == Reads::Kind::kAll);
  CHECK(kind({2, 4}, 2) == Reads::Kind::kRearranged);
}

TEST_CASE("Group norm has the same bits at any number of threads") {
  const Tensor x = reel_test::uniform({6, 16, 37, 41}), weight = reel_test::uniform({16}, -1, 2, 1);
  for (std::size_t i = 0; i < 4; i++) {
    CHECK(reel_test::same_bits_at_any_thread_count([&] {
      Tape tape;
      const Var vx = tape.variable(x), vw = tape.variable(weight), vb = tape.variable(weight);
      const Var y = group_norm(vx, 4, vw, vb);
      tape.backward(y, x);
      return std::vector{y.value(), vx.grad(), vw.grad(), vb.grad()}[i];
    }));
  }
}

TEST_CASE("An empty batch has empty groups, and gradients of 0") {
  for (const Shape& shape : {Shape{0, 4}, Shape{0, 4, 2, 3}}) {
    Tape tape;
    const Var x = tape.variable(Tensor::zeros(shape)), w = tape.variable(Tensor::ones({4}));
    const Var b = tape.variable(Tensor::zeros({4})), y = group_norm(x, 2, w, b);
    CHECK(y.shape() == shape);
    tape.backward(sum(y));
    CHECK(x.grad().shape() == shape);
    for (const Var& v : {w, b}) CHECK(std::ranges::equal(v.grad().values(), std::array<Scalar, 4>{}));
  }
}

TEST_CASE("Group and instance norm refuse what does not fit") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 4, 3, 3})), row = tape.input(Tensor::zeros({4}));
  const Var wide = tape.input(Tensor::zeros({1, 4})), four = tape.input(Tensor::zeros({4}));
  const Var pixel = tape.input(Tensor::zeros({2, 4, 1, 1})), three = tape.input(Tensor::zeros({3}));
  const auto fails = [](const std::function<void()>& f, const char* text) {
    CHECK_THROWS_WITH_AS(f(), doctest::Contains(text), ShapeError);
  };
  fails([&] { group_norm(x, 3); }, "3 groups cannot share 4 input channels evenly");
  fails([&] { group_norm(x, 0); }, "0 groups cannot share 4 input channels evenly");
  fails([&] { group_norm(row, 2); }, "input is [4], expected [N,C,..]");
  fails([&] { group_norm(tape.input(Tensor::zeros({2, 4, 0})), 2); }, "input [2,4,0] has nothing");
  fails([&] { group_norm(wide, 4); }, "input [1,4] has 1 value a group");
  fails([&] { group_norm(x, 2, three); }, "weight is [3], input [2,4,3,3] wants [4]");
  fails([&] { group_norm(x, 2, four, three); }, "bias is [3], input [2,4,3,3] wants [4]");
  fails([&] { instance_norm2d(wide); }, "input is [1,4], images [N,C,H,W] are wanted");
  fails([&] { instance_norm2d(pixel); }, "input [2,4,1,1] has 1 pixel a channel");
  fails([&] { instance_norm2d(x, three, {}, {.affine = true}); }, "instance_norm2d");
  const auto contradicts = [](const std::function<void()>& f, const char* text) {
    const std::string said = reel_test::error_of<ShapeError>(f);  // which it is not, for no shape is wrong
    CHECK_MESSAGE((said.starts_with("another kind") && said.find(text) != said.npos), said);
  };
  const char* const not_affine =
      "a weight or bias was given with .affine = false; leave it out, or set .affine = true";
  contradicts([&] { group_norm(x, 2, {}, four); }, "a bias was given without a weight");
  contradicts([&] { batch_norm2d(x, {}, four); }, "a bias was given without a weight");
  contradicts([&] { batch_norm2d(x, four, {}, {}, {.affine = false}); }, not_affine);
  contradicts([&] { group_norm(x, 2, four, four, {.affine = false}); }, not_affine);
  contradicts([&] { instance_norm2d(x, four); }, not_affine);
  CHECK_THROWS_WITH_AS(group_norm(x, 2, {}, {}, {.eps = -1}), doctest::Contains("eps is -1"), Error);
  CHECK_THROWS_WITH_AS(instance_norm2d(x, {}, {}, {.eps = -1}), doctest::Contains("eps is -1"), Error);
}
