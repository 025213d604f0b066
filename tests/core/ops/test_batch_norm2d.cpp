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

namespace {

// The expected values of this file are PyTorch's, in float64.
const Tensor kX = Tensor::from({2, 2, 1, 2}, {0, 1, 4, 9, 16, 25, 36, 49});
const Tensor kWeight = Tensor::from({2}, {2, 3}), kBias = Tensor::from({2}, {0.5, -0.5});

void check_equal(const Tensor& a, const std::vector<double>& expected) { CHECK_CLOSE(a, expected); }

}  // namespace

TEST_CASE("Batch norm in training has PyTorch's values and running statistics") {
  const Tensor mean = Tensor::from({2}, {1, 2}), var = Tensor::from({2}, {3, 4});
  Tape tape;
  const Var y = batch_norm2d(tape.input(kX), tape.input(kWeight), tape.input(kBias),
                             {.running_mean = mean, .running_var = var});
  check_equal(y.value(), {-1.499999909297058, -1.309523727459243, -3.795562458932553, -2.991766737241686,
                          1.547619000107983, 3.261904636648319, 1.348730159888993, 3.438599036285246});
  check_equal(mean, {1.95, 4.25});
  check_equal(var, {17.4, 50.03333333333333});
}

TEST_CASE("Batch norm without training uses the running statistics and leaves them") {
  const Tensor mean = Tensor::from({2}, {Scalar(1.95), 4.25}),
               var = Tensor::from({2}, {Scalar(17.4), Scalar(50.033333333333)});
  Tape tape;
  const Var y =
      batch_norm2d(tape.input(kX), {}, {}, {.running_mean = mean, .running_var = var, .training = false});
  check_equal(y.value(), {-0.4674765846159169, -0.2277450027616006, -0.03534355630359171, 0.6715275697682424,
                          3.368228725053145, 5.525812961741993, 4.488631650556147, 6.326496578342916});
  check_equal(mean, {1.95, 4.25});
}

TEST_CASE("Batch norm of [N,C] treats each column as a channel") {
  Tape tape;
  const Var wide = batch_norm2d(tape.input(kX.reshape({2, 2, 2, 1})), {}, {});
  const Tensor rows = Tensor::from({4, 2}, {0, 4, 1, 9, 16, 36, 25, 49});
  const Var flat = batch_norm2d(tape.input(rows), {}, {});
  for (Index i = 0; i < 4; i++) {
    for (Index c = 0; c < 2; c++) {
      CHECK_CLOSE(flat.value().at(i, c), double(wide.value().at(i / 2, c, i % 2, 0)));
    }
  }
}

TEST_CASE("The gradients of batch norm agree with differences" * reel_test::in_double_alone()) {
  const Tensor x = reel_test::uniform({3, 2, 2, 3}), flat = reel_test::uniform({5, 2}, -1, 1, 1);
  const Tensor weight = reel_test::uniform({2}, 0.5, 2, 2), bias = reel_test::uniform({2}, -1, 1, 3);
  const Tensor mean = reel_test::uniform({2}, -1, 1, 4), var = reel_test::uniform({2}, 0.5, 2, 5);
  const auto train = [](auto v) { return batch_norm2d(v[0], v[1], v[2]); };
  CHECK_GRADIENT(train, x, weight, bias);
  CHECK_GRADIENT(train, flat, weight, bias);
  CHECK_GRADIENT([](auto v) { return batch_norm2d(v[0], {}, {}); }, x);
  CHECK_GRADIENT([](auto v) { return batch_norm2d(v[0], v[1], {}); }, x, weight);
  const BatchNorm2dState eval{.running_mean = mean, .running_var = var, .training = false};
  CHECK_GRADIENT([&](auto v) { return batch_norm2d(v[0], v[1], v[2], eval); }, x, weight, bias);
  CHECK_GRADIENT([&](auto v) { return batch_norm2d(v[0], {}, {}, eval); }, x);
}

TEST_CASE("Batch norm explains its numbers") {
  const Tensor x = reel_test::uniform({3, 2, 2, 3}), flat = reel_test::uniform({5, 2}, -1, 1, 1);
  const Tensor weight = reel_test::uniform({2}, 0.5, 2, 2), bias = reel_test::uniform({2}, -1, 1, 3);
  const Tensor mean = reel_test::uniform({2}, -1, 1, 4), var = reel_test::uniform({2}, 0.5, 2, 5);
  const auto train = [](auto v) { return batch_norm2d(v[0], v[1], v[2]); };
  CHECK_EXPLAINED(train, x, weight, bias);
  CHECK_EXPLAINED(train, flat, weight, bias);
  CHECK_EXPLAINED(train, reel_test::uniform({2, 2}), weight, bias);  // dx is all but 0
  CHECK_EXPLAINED([](auto v) { return batch_norm2d(v[0], {}, {}); }, x);
  CHECK_EXPLAINED([](auto v) { return batch_norm2d(v[0], v[1], {}); }, x, weight);
  const BatchNorm2dState eval{.running_mean = mean, .running_var = var, .training = false};
  CHECK_EXPLAINED([&](auto v) { return batch_norm2d(v[0], v[1], v[2], eval); }, x, weight, bias);
  CHECK_EXPLAINED([&](auto v) { return batch_norm2d(v[0], {}, {}, eval); }, flat);
}

TEST_CASE("The formulas of batch norm") {
  Tape tape;
  const Var x = tape.variable(kX).named("x"), w = tape.variable(kWeight).named("w"),
            b = tape.variable(kBias).named("b");
  const inspect::Trace trace(tape, sum(batch_norm2d(x, w, b).named("y") * x));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(trace.find("y"), 3) == "xhat * w[1] + b[1], xhat = (x[0,1,0,1] - mean) / deviation");
  CHECK(
      formula(trace.grad_events(x.index()).at(1), 3) ==
      "(dy[0,1,0,1] * w[1] - sum over n,j of dy[n,1,0,j] * w[1] * (1 + xhat[0,1,0,1] * xhat[n,1,0,j]) / 4) / "
      "deviation, xhat = (x[n,1,0,j] - mean) / deviation");
  CHECK(formula(trace.grad_events(w.index()).at(0), 1) ==
        "sum over n,j of dy[n,1,0,j] * xhat[n,1,0,j], xhat = (x[n,1,0,j] - mean) / deviation");
  CHECK(formula(trace.grad_events(b.index()).at(0), 1) == "sum over n,j of dy[n,1,0,j]");
}

TEST_CASE("Backward of batch norm does not see later changes of the running statistics") {
  const auto gradient = [](bool change) {
    Tensor mean = Tensor::zeros({2}), var = Tensor::ones({2});
    Tape tape;
    const Var x = tape.variable(kX);
    const Var y = sum(batch_norm2d(x, {}, {}, {.running_mean = mean, .running_var = var, .training = false}));
    if (change) var.fill(9);
    tape.backward(y);
    return x.grad().at(0, 0, 0, 0);
  };
  CHECK(gradient(true) == gradient(false));
}

TEST_CASE("Batch norm is accurate where the mean is large beside the deviation") {
  Tensor x = Tensor::uninitialized({8, 1, 16, 16});
  for (Index i = 0; i < x.numel(); i++)
    x.mutable_data()[i] = static_cast<Scalar>(1000 + i % 2);  // mean 1000.5
  Tape tape;
  const Tensor y = batch_norm2d(tape.input(x), {}, {}).value();
  CHECK_CLOSE(y.at(0, 0, 0, 0), -0.5 / std::sqrt(0.25 + 1e-5));
  CHECK_CLOSE(y.at(7, 0, 15, 15), 0.5 / std::sqrt(0.25 + 1e-5));
}

TEST_CASE("The statistics of a batch are as good as two passes in double, whatever its shape") {
  for (const Shape& shape :
       {Shape{64, 3, 8, 8}, Shape{5, 2, 7, 7}, Shape{3, 2, 60, 70}, Shape{2, 1, 64, 64}, Shape{3000, 2}}) {
    Tensor x = reel_test::uniform(shape, 998, 1002, 1);
    x.mutable_data()[0] = 0;  // a first value far away from the others helps nobody
    const Index channels = shape[1], size = shape.numel() / shape[0] / channels;
    const Tensor mean = Tensor::zeros({channels}), var = Tensor::zeros({channels});
    Tape tape;
    batch_norm2d(tape.input(x), {}, {}, {.running_mean = mean, .running_var = var}, {.momentum = 1});
    for (Index c = 0; c < channels; c++) {
      const auto sum = [&, &values = x](auto&& f) {
        double total = 0;
        for (Index i = 0; i < values.numel(); i++) {
          if (i / size % channels == c) total += f(static_cast<double>(values.data()[i]));
        }
        return total;
      };
      const auto count = static_cast<double>(shape[0] * size);
      const double average = sum([](double v) { return v; }) / count;
      const double squares = sum([&](double v) { return (v - average) * (v - average); });
      CHECK_CLOSE(mean.at(c), average);
      CHECK_CLOSE(var.at(c), squares / (count - 1));
    }
  }
}

TEST_CASE("A channel of equal numbers is normalised to 0, and its mean is that number") {
  for (const double number : {0.1, 123456.78, 9.87654321e8, -3.3e37}) {
    const auto equal = static_cast<Scalar>(number);
    for (const Shape& shape : {Shape{3, 2, 7, 5}, Shape{5, 2, 60, 40}, Shape{4000, 2}}) {
      Tape tape;
      const BatchNorm2dState state{.running_mean = Tensor::zeros({2}), .running_var = Tensor::zeros({2})};
      const Tensor y =
          batch_norm2d(tape.input(Tensor::full(shape, equal)), {}, {}, state, {.momentum = 1}).value();
      CHECK(std::ranges::all_of(y.values(), [](Scalar v) { return v == 0; }));
      CHECK(state.running_mean.at(1) == equal);
      CHECK(state.running_var.at(1) == 0);
    }
  }
}

TEST_CASE("Batch norm is right where the squares of its numbers overflow") {
  for (const double unit : {1e19, 1e30, sizeof(Scalar) == 8 ? 1e300 : 1e36}) {
    const auto u = static_cast<Scalar>(unit);
    Tape tape;
    const Var x = tape.variable(Tensor::from({4, 1}, {u, -u, 2 * u, -2 * u})), y = batch_norm2d(x, {}, {});
    CHECK_CLOSE(y.value(), Tensor::from({4, 1}, {Scalar(0.6324555320336759), Scalar(-0.6324555320336759),
                                                 Scalar(1.2649110640673518), Scalar(-1.2649110640673518)}));
  }
}

TEST_CASE("Batch norm without eps is right where the squares of its numbers underflow") {
  for (const double unit : {1e-20, 1e-25, sizeof(Scalar) == 8 ? 1e-200 : 1e-30}) {
    const auto u = static_cast<Scalar>(unit);
    Tape tape;
    const Var x = tape.input(Tensor::from({4, 1}, {u, -u, 2 * u, -2 * u}));
    CHECK_CLOSE(batch_norm2d(x, {}, {}, {}, {.eps = 0}).value(),
                Tensor::from({4, 1}, {Scalar(0.6324555320336759), Scalar(-0.6324555320336759),
                                      Scalar(1.2649110640673518), Scalar(-1.2649110640673518)}));
  }
}

TEST_CASE("The gradients of batch norm are right where products with its numbers overflow") {
  const bool wide = sizeof(Scalar) == 8;
  for (const double unit : {1.0, wide ? 1e306 : 1e36, wide ? 1e308 : 1e38}) {
    Tensor x = Tensor::uninitialized({1000, 1}), dy = Tensor::uninitialized({1000, 1});
    for (Index i = 0; i < 1000; i++) {
      const Scalar sign = i % 2 ? -1 : 1;
      x.set(i, 0, sign * static_cast<Scalar>(unit));
      dy.set(i, 0, 10 * sign * static_cast<Scalar>(i % 4 < 2 ? 1 : 3));
    }
    Tape tape;
    const Var vx = tape.variable(x), weight = tape.variable(Tensor::ones({1}));
    tape.backward(batch_norm2d(vx, weight, {}, {}, {.eps = 0}), dy);
    CAPTURE(unit);
    CHECK_CLOSE(weight.grad().item(), 20e3);
    Tensor dx = Tensor::uninitialized({1000, 1});  // dy - n mean(dy n), that is -10 and 10, by the deviation
    for (Index i = 0; i < 1000; i++)
      dx.set(i, 0, (dy.at(i, 0) - 20 * (i % 2 ? -1 : 1)) / static_cast<Scalar>(unit));
    CHECK_CLOSE(vx.grad(), dx);
  }
}

TEST_CASE("Batch norm is right where a distance from the mean overflows, and where the weight is 0") {
  const Scalar large = sizeof(Scalar) == 8 ? static_cast<Scalar>(1.7e308) : Scalar(3.3e38);
  Tape tape;
  const Var x = tape.variable(Tensor::from({4, 1}, {large, -large, -large, -large}));
  const Var one = tape.variable(Tensor::ones({1})), zero = tape.variable(Tensor::zeros({1}));
  const double n = 1 / std::sqrt(3.0);
  CHECK_CLOSE(batch_norm2d(x, one, {}).value(), std::vector<double>({3 * n, -n, -n, -n}));
  const Var y = batch_norm2d(x, zero, {});
  CHECK_CLOSE(y.value(), Tensor::zeros({4, 1}));
  tape.backward(y, Tensor::from({4, 1}, {2, 0, 0, 0}));
  CHECK_CLOSE(zero.grad().item(), 6 * n);
  CHECK_CLOSE(x.grad(), Tensor::zeros({4, 1}));
}

TEST_CASE("Batch norm has the same bits at any number of threads") {
  const Tensor x = reel_test::uniform({48, 2, 30, 30}), weight = reel_test::uniform({2}, 1, 2, 1);
  const auto gradients = [&](int threads) {
    set_num_threads(threads);
    Tape tape;
    const Var vx = tape.variable(x), vw = tape.variable(weight);
    const Var y = batch_norm2d(vx, vw, {});
    tape.backward(y, x);
    return std::vector{y.value(), vx.grad(), vw.grad()};
  };
  const int before = num_threads();
  const auto one = gradients(1), four = gradients(4);
  set_num_threads(before);
  for (std::size_t i = 0; i < one.size(); i++) CHECK(std::ranges::equal(one[i].values(), four[i].values()));
}

TEST_CASE("Batch norm refuses what does not fit") {
  Tape tape;
  const Var x = tape.input(kX), w = tape.input(kWeight), three = tape.input(Tensor::zeros({3}));
  const auto message = [](const char* words) { return doctest::Contains(words); };
  CHECK_THROWS_WITH_AS(batch_norm2d(three, {}, {}), message("expected [N,C,H,W] or [N,C]"), ShapeError);
  CHECK_THROWS_WITH_AS(batch_norm2d(x, three, {}), message("weight is [3]"), ShapeError);
  CHECK_THROWS_WITH_AS(batch_norm2d(x, w, three), message("bias is [3]"), ShapeError);
  CHECK_THROWS_WITH_AS(
      batch_norm2d(x, w, {}, {}, {.affine = false}),
      message("a weight or bias was given with .affine = false; leave it out, or set .affine = true"), Error);
  CHECK_THROWS_WITH_AS(batch_norm2d(x, {}, {}, {.running_mean = Tensor::zeros({2})}),
                       message("only one of running_mean and running_var"), Error);
  CHECK_THROWS_WITH_AS(
      batch_norm2d(x, {}, {}, {.running_mean = Tensor::zeros({2}), .running_var = Tensor::zeros({3})}),
      message("running_var is [3]"), ShapeError);
  CHECK_THROWS_WITH_AS(batch_norm2d(x, {}, {}, {.training = false}), message("which are missing"), Error);
  const Var one = tape.input(Tensor::zeros({1, 2, 1, 1}));
  CHECK_THROWS_WITH_AS(batch_norm2d(one, {}, {}), message("has 1 value(s) a channel"), ShapeError);
  CHECK_THROWS_AS(batch_norm2d(tape.input(Tensor::zeros({0, 2, 1, 1})), {}, {}), ShapeError);
}
