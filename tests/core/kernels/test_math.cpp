#include <reel/core/kernels/detail/math.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

using namespace reel;

namespace {

// |a - b| in units of the last place of b.
double ulps(float a, double b) {
  const float nearest = static_cast<float>(b);
  const double unit = std::nextafter(std::abs(nearest), INFINITY) - std::abs(nearest);
  return std::abs(a - b) / unit;
}

// f of every 4099th positive float, from the smallest of the subnormal ones to the largest.
template <class F>
void for_many_floats(F&& f) {
  constexpr std::uint32_t kInfinity = 0x7f800000, kStep = 4099;
  for (std::uint32_t bits = 1; bits < kInfinity; bits += kStep) f(std::bit_cast<float>(bits));
}

}  // namespace

TEST_CASE("fast_exp is within 2 units in the last place, from the smallest to the largest result") {
  double worst = 0;
  for (int i = -103'900; i <= 88'700; i++) {
    const float x = static_cast<float>(i) / 1000;
    worst = std::max(worst, ulps(kernels::fast_exp(x), std::exp(static_cast<double>(x))));
  }
  CHECK(worst <= 2);
  CHECK(kernels::fast_exp(0.0f) == 1);
}

TEST_CASE("fast_exp has the limits of exp") {
  CHECK(kernels::fast_exp(88.8f) == INFINITY);
  CHECK(kernels::fast_exp(1e30f) == INFINITY);
  CHECK(kernels::fast_exp(INFINITY) == INFINITY);
  CHECK(kernels::fast_exp(-104.1f) == 0);
  CHECK(kernels::fast_exp(-INFINITY) == 0);
  CHECK(std::isnan(kernels::fast_exp(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("fast_log is within 1 unit in the last place of every float, and fast_log1p of those from 0 on") {
  double log_worst = 0, log1p_worst = 0;
  const auto check = [&](float x) {
    const double wide = x;
    log_worst = std::max(log_worst, ulps(kernels::fast_log(x), std::log(wide)));
    log1p_worst = std::max(log1p_worst, ulps(kernels::fast_log1p(x), std::log1p(wide)));
  };
  for_many_floats(check);
  for (int i = -20'000; i <= 20'000; i++) check(1 + static_cast<float>(i) * 0x1p-24f);  // where log is small
  CHECK(log_worst <= 1);
  CHECK(log1p_worst <= 1);
}

TEST_CASE("fast_log and fast_log1p have the limits of log and log1p") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  CHECK(kernels::fast_log(1.0f) == 0);
  CHECK(kernels::fast_log(0.0f) == -kInfinity);
  CHECK(kernels::fast_log(-0.0f) == -kInfinity);
  CHECK(kernels::fast_log(kInfinity) == kInfinity);
  CHECK(std::isnan(kernels::fast_log(-1e-45f)));
  CHECK(std::isnan(kernels::fast_log(-1.0f)));
  CHECK(std::isnan(kernels::fast_log(-kInfinity)));
  CHECK(std::isnan(kernels::fast_log(std::numeric_limits<float>::quiet_NaN())));
  CHECK(kernels::fast_log1p(0.0f) == 0);
  CHECK(kernels::fast_log1p(kInfinity) == kInfinity);
  CHECK(std::isnan(kernels::fast_log1p(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("fast_tanh is within 3 units in the last place and keeps signs, limits and NaN") {
  double worst = 0;
  for (int i = -12'000; i <= 12'000; i++) {
    const float x = static_cast<float>(i) / 1000;
    worst = std::max(worst, ulps(kernels::fast_tanh(x), std::tanh(static_cast<double>(x))));
  }
  CHECK(worst <= 3);
  CHECK(kernels::fast_tanh(1e-20f) == 1e-20f);
  CHECK(kernels::fast_tanh(INFINITY) == 1);
  CHECK(kernels::fast_tanh(-INFINITY) == -1);
  CHECK(std::isnan(kernels::fast_tanh(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("fast_erf is within 6 units in the last place and keeps limits and NaN") {
  double worst = 0;
  for (int i = -6'000; i <= 6'000; i++) {
    const float x = static_cast<float>(i) / 1000;
    worst = std::max(worst, ulps(kernels::fast_erf(x), std::erf(static_cast<double>(x))));
  }
  CHECK(worst <= 6);
  CHECK(kernels::fast_erf(INFINITY) == 1);
  CHECK(kernels::fast_erf(-INFINITY) == -1);
  CHECK(std::isnan(kernels::fast_erf(std::numeric_limits<float>::quiet_NaN())));
}
