#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "close.h"
#include "explain_support.h"

using namespace reel;

TEST_CASE("Layer norm has PyTorch's values") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2, 3}, {1, 2, 4, 0, -3, 5}));
  const Var y =
      layer_norm(x, tape.input(Tensor::from({3}, {1, 2, 3})), tape.input(Tensor::from({3}, {0, 1, 2})));
  const std::vector<double> expected{-1.069041531450297,  0.4654792342748513, 6.008905742938616,
                                     -0.2020304161413948, -1.222334577555343, 5.939593114757199};
  CHECK_CLOSE(y.value(), expected);
}

TEST_CASE("A row of equal numbers is normalised to 0, however large they are and many") {
  for (const Index size : {1, 2, 3, 17, 512, 2049, 10000}) {
    for (const double number : {0.1, 1234.567, 123456.78, 9.87654321e8, -3.3e37}) {
      Tape tape;
      const Var x = tape.variable(Tensor::full({2, size}, static_cast<Scalar>(number)));
      const Var y = layer_norm(x, tape.input(Tensor::ones({size})));
      CAPTURE(size);
      CAPTURE(number);
      CHECK(std::ranges::all_of(y.value().values(), [](Scalar v) { return v == 0; }));
    }
  }
}

TEST_CASE("Layer norm is right where the squares of its numbers overflow") {
  for (const double unit : {1e19, 1e30, 1e37, sizeof(Scalar) == 8 ? 1e300 : 1e36}) {
    const auto u = static_cast<Scalar>(unit);
    Tape tape;
    const Var x = tape.variable(Tensor::from({1, 4}, {u, -u, 2 * u, -2 * u}));
    const Var y = layer_norm(x, tape.input(Tensor::ones({4})));
    CHECK_CLOSE(y.value(), Tensor::from({1, 4}, {Scalar(0.6324555320336759), Scalar(-0.6324555320336759),
                                                 Scalar(1.2649110640673518), Scalar(-1.2649110640673518)}));
    tape.backward(y, Tensor::from({1, 4}, {1, 0, 0, 0}));
    const double scale = 0.6324555320336759 / unit;  // 1 / deviation
    CHECK_CLOSE(
        x.grad(),
        Tensor::from({1, 4}, {static_cast<Scalar>(0.65 * scale), static_cast<Scalar>(-0.15 * scale),
                              static_cast<Scalar>(-0.45 * scale), static_cast<Scalar>(-0.05 * scale)}));
  }
}

TEST_CASE("Layer norm without eps is right where the squares of its numbers underflow") {
  for (const double unit : {1e-20, 1e-25, sizeof(Scalar) == 8 ? 1e-200 : 1e-30}) {
    const auto u = static_cast<Scalar>(unit);
    Tape tape;
    const Var x = tape.input(Tensor::from({1, 4}, {u, -u, 2 * u, -2 * u}));
    CHECK_CLOSE(layer_norm(x, tape.input(Tensor::ones({4})), {}, {.eps = 0}).value(),
                Tensor::from({1, 4}, {Scalar(0.6324555320336759), Scalar(-0.6324555320336759),
                                      Scalar(1.2649110640673518), Scalar(-1.2649110640673518)}));
  }
}

TEST_CASE("The gradients of layer norm agree with differences" * reel_test::in_double_alone()) {
  const Tensor x = reel_test::uniform({3, 2, 4}), w = reel_test::uniform({4}, 0.5, 2, 1);
  const Tensor b = reel_test::uniform({4}, -1, 1, 2), w2 = reel_test::uniform({2, 4}, 0.5, 2, 3);
  CHECK_GRADIENT([](auto v) { return layer_norm(v[0], v[1], v[2]); }, x, w, b);
  CHECK_GRADIENT([](auto v) { return layer_norm(v[0], v[1]); }, x, w);
  CHECK_GRADIENT([](auto v) { return layer_norm(v[0], v[1], {}, {.eps = 0.1}); }, x, w2);
}

TEST_CASE("Layer norm explains its numbers") {
  const Tensor x = reel_test::uniform({3, 2, 4}), w = reel_test::uniform({4}, 0.5, 2, 1);
  const Tensor b = reel_test::uniform({4}, -1, 1, 2), w2 = reel_test::uniform({2, 4}, 0.5, 2, 3);
  CHECK_EXPLAINED([](auto v) { return layer_norm(v[0], v[1], v[2]); }, x, w, b);
  CHECK_EXPLAINED([](auto v) { return layer_norm(v[0], v[1]); }, x, w);
  CHECK_EXPLAINED([](auto v) { return layer_norm(v[0], v[1], {}, {.eps = 0.1}); }, x, w2);
  CHECK_EXPLAINED([](auto v) { return layer_norm(v[0], v[1], v[2]); }, reel_test::uniform({4}), w, b);
}

TEST_CASE("The formulas of layer norm") {
  Tape tape;
  const Var x = tape.variable(reel_test::uniform({2, 3})).named("x");
  const Var w = tape.variable(Tensor::ones({3})).named("w");
  const inspect::Trace trace(tape, sum(layer_norm(x, w).named("y") * x));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(trace.find("y"), 4) == "xhat * w[1], xhat = (x[1,1] - mean) / deviation");
  CHECK(formula(trace.grad_events(x.index()).at(1), 4) ==
        "(dy[1,1] * w[1] - sum over j of dy[1,j] * w[j] * (1 + xhat[1,1] * xhat[1,j]) / 3) / deviation, "
        "xhat = (x[1,j] - mean) / deviation");
}

TEST_CASE(
    "Layer norm and its gradients are right where distances from the mean and products with them overflow") {
  const auto check = [](const Tensor& x, const std::vector<double>& n, double deviation) {
    Tape tape;
    const Var vx = tape.variable(x), weight = tape.variable(Tensor::ones({4}));
    const Var y = layer_norm(vx, weight);
    const Tensor dy = Tensor::from({1, 4}, {10, -10, 10, -30});
    CHECK_CLOSE(y.value(), n);
    tape.backward(y, dy);
    double projection = 0;
    std::vector<double> dweight;
    for (std::size_t i = 0; i < 4; i++) dweight.push_back(dy.values()[i] * n[i]);
    for (const double d : dweight) projection += d / 4;
    CHECK_CLOSE(weight.grad(), dweight);
    std::vector<double> dx;
    for (std::size_t i = 0; i < 4; i++) {
      dx.push_back((static_cast<double>(dy.values()[i]) + 5 - n[i] * projection) / deviation);
    }
    CHECK_CLOSE(vx.grad(), dx, reel_test::kSumTolerance);
  };
  const Scalar u = sizeof(Scalar) == 8 ? static_cast<Scalar>(0.85e308) : Scalar(1e38);
  const double a = std::sqrt(0.4), b = 1 / std::sqrt(3.0);
  check(Tensor::from({1, 4}, {u, -u, 2 * u, -2 * u}), {a, -a, 2 * a, -2 * a},
        static_cast<double>(u) * std::sqrt(2.5));
  check(Tensor::from({1, 4}, {2 * u, -2 * u, -2 * u, -2 * u}), {3 * b, -b, -b, -b},
        static_cast<double>(u) * std::sqrt(3.0));
}

TEST_CASE("Layer norm has the same bits at any number of threads") {
  const Tensor x = reel_test::uniform({300, 200}), weight = reel_test::uniform({200}, 1, 2, 1);
  const auto gradients = [&](int threads) {
    set_num_threads(threads);
    Tape tape;
    const Var vx = tape.variable(x), vw = tape.variable(weight);
    const Var y = layer_norm(vx, vw);
    tape.backward(y, x);
    return std::vector{y.value(), vx.grad(), vw.grad()};
  };
  const int before = num_threads();
  const auto one = gradients(1), four = gradients(4);
  set_num_threads(before);
  for (std::size_t i = 0; i < one.size(); i++) CHECK(std::ranges::equal(one[i].values(), four[i].values()));
}

TEST_CASE("Layer norm refuses a weight or bias of another shape") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3})), w2 = tape.input(Tensor::zeros({2}));
  const Var w3 = tape.input(Tensor::zeros({3})), scalar = tape.input(Tensor::zeros({}));
  CHECK_THROWS_WITH_AS(layer_norm(x, w2), doctest::Contains("input is [2,3], weight is [2]"), ShapeError);
  CHECK_THROWS_AS(layer_norm(x, scalar), ShapeError);
  CHECK_THROWS_AS(layer_norm(w3, x), ShapeError);
  CHECK_THROWS_WITH_AS(layer_norm(x, w3, w2), doctest::Contains("bias is [2], weight is [3]"), ShapeError);
}
