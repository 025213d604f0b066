#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/random.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/init.h>
#include <reel/layers/linear.h>

#include <algorithm>
#include <cmath>

#include "close.h"

using namespace reel;

namespace {

double deviation(const Tensor& t) {
  double sum = 0, squares = 0;
  for (const Scalar v : t.values()) {
    sum += v;
    squares += double(v) * v;
  }
  const auto n = static_cast<double>(t.numel());
  return std::sqrt(squares / n - sum * sum / n / n);
}

// What the deviation of so many random numbers may differ by: its standard error is sqrt((kurtosis - 1) / 4n)
// of it.
double sampling_tolerance(const Tensor& t, double kurtosis) {
  return reel_test::kStandardErrors * std::sqrt((kurtosis - 1) / 4 / static_cast<double>(t.numel()));
}
double uniform_tolerance(const Tensor& t) { return sampling_tolerance(t, 1.8); }
double normal_tolerance(const Tensor& t) { return sampling_tolerance(t, 3); }

double largest(const Tensor& t) {
  double result = 0;
  for (const Scalar v : t.values()) result = std::max(result, std::abs(double(v)));
  return result;
}

}  // namespace

TEST_CASE("Fans are counted as PyTorch counts them") {
  const init::Fans conv = init::fans(Tensor::zeros({8, 3, 5, 5})),
                   linear = init::fans(Tensor::zeros({10, 7}));
  CHECK(conv.in == 75);
  CHECK(conv.out == 200);
  CHECK(linear.in == 7);
  CHECK(linear.out == 10);
  CHECK_THROWS_WITH_AS(init::fans(Tensor::zeros({4})), doctest::Contains("not defined for shape [4]"),
                       ShapeError);
}

TEST_CASE("A message of an initialisation names its function and the option that was given") {
  Tensor line = Tensor::zeros({4}), w = Tensor::full({2, 2}, 7);
  const auto message = [](const char* words) { return doctest::Contains(words); };
  CHECK_THROWS_WITH_AS(init::fans(line), message("init::fans (test_init.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(init::kaiming_uniform(line), message("init::kaiming_uniform (test_init.cpp:"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(init::kaiming_normal(w, {.a = NAN}), message("init::kaiming_normal (test_init.cpp:"),
                       Error);
  CHECK_THROWS_WITH_AS(init::xavier_normal(w, -1), message("init::xavier_normal (test_init.cpp:"), Error);
  const double gain = sizeof(Scalar) == 8 ? 1.5e308 : 1e39;
  CHECK_THROWS_WITH_AS(init::xavier_uniform(w, gain), message("gain is 1"), Error);
  CHECK_THROWS_WITH_AS(init::xavier_normal(w, gain), message("gives weight [2,2] a standard deviation of"),
                       Error);
  CHECK(w.at(1, 1) == 7);
}

TEST_CASE("Every initialisation has its deviation") {
  seed(1);
  Tensor w = Tensor::zeros({100, 50, 2, 2});  // fan in 200, fan out 400
  const double uniform = uniform_tolerance(w), normal = normal_tolerance(w);
  init::kaiming_uniform(w);
  CHECK_CLOSE(deviation(w), std::sqrt(2.0 / 200), uniform);
  CHECK(largest(w) <= std::sqrt(6.0 / 200) * (1 + 1e-6));
  init::kaiming_normal(w, {.a = 1, .mode = init::FanMode::kOut});
  CHECK_CLOSE(deviation(w), std::sqrt(1.0 / 400), normal);
  init::xavier_uniform(w);
  CHECK_CLOSE(deviation(w), std::sqrt(2.0 / 600), uniform);
  init::xavier_normal(w, 3);
  CHECK_CLOSE(deviation(w), 3 * std::sqrt(2.0 / 600), normal);
  init::uniform(w, 2, 4);
  CHECK_CLOSE(deviation(w), 2 / std::sqrt(12.0), uniform);
  init::normal(w, 1, 5);
  CHECK_CLOSE(deviation(w), 5, normal);
  init::constant(w, 6);
  CHECK(deviation(w) == 0);
  CHECK(largest(w) == 6);
}

TEST_CASE("Layers start as PyTorch's: uniform within 1 / sqrt(fan in), the bias too") {
  seed(1);
  const Conv2d conv{16, 32, 5};
  const double bound = 1 / std::sqrt(400.0);
  CHECK(largest(conv.weight.value) <= bound);
  CHECK(largest(conv.weight.value) > 0.99 * bound);
  CHECK(largest(conv.bias.value) <= bound);
  CHECK(largest(conv.bias.value) > 0.8 * bound);
  const Linear linear{100, 200};
  CHECK(largest(linear.weight.value) <= 0.1);
  CHECK_CLOSE(deviation(linear.weight.value), 0.1 / std::sqrt(3.0), uniform_tolerance(linear.weight.value));
}

TEST_CASE("The same seed gives the same weights") {
  seed(9);
  const Linear first{4, 4};
  seed(9);
  const Linear second{4, 4};
  CHECK(std::ranges::equal(first.weight.value.values(), second.weight.value.values()));
}
