// The one comparison of numbers in the tests, and every tolerance that they use.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <reel/core/tensor.h>

namespace reel_test {

inline constexpr bool kDouble = sizeof(reel::Scalar) == sizeof(double);
/// What is computed in Scalar against its oracle: a formula written out, the textbook loops.
inline constexpr double kTolerance = kDouble ? 2e-13 : 1e-6;
/// The same where roundings add up: PyTorch's goldens, sums of hundreds of products, steps of an optimiser.
inline constexpr double kSumTolerance = kDouble ? 2e-13 : 4e-6;
/// The same where the arithmetic is reduced: Winograd's convolution.
inline constexpr double kReducedTolerance = kDouble ? 2e-13 : 3e-5;
/// A function's single value, of which float loses digits: gelu far below 0, softmax of an unlikely class.
inline constexpr double kFunctionTolerance = kDouble ? 2e-13 : 1e-5;
/// A small loss, the logarithm of a number near 1.
inline constexpr double kSmallLossTolerance = kDouble ? 1e-11 : 1e-6;
/// A sum of millions: in float its result is rounded once.
inline constexpr double kLongSumTolerance = kDouble ? 2.5e-12 : 1e-7;
/// The terms of an explanation against the stored number, as a part of the sum of their magnitudes.
inline constexpr double kExplainTolerance = kDouble ? 5e-15 : 1e-6;
/// What the library computes in double whatever Scalar is: learning rates, means of losses.
inline constexpr double kExact = 2e-13;
/// A gradient against differences of fourth order, in double.
inline constexpr double kGradientTolerance = 3e-9;
/// A central difference in Scalar's own arithmetic, which `check` takes.
inline constexpr double kDifferenceTolerance = kDouble ? 2e-9 : 2.5e-3;
/// Differences where they are exact but for rounding: of a line or a parabola, of fourth order of a cube.
inline constexpr double kSlopeTolerance = kDouble ? 2e-10 : 1e-4;
/// A figure that was published with eight digits or more.
inline constexpr double kPublishedTolerance = 1e-7;
/// A statistic of random numbers, as a multiple of its standard error.
inline constexpr double kStandardErrors = 3;

inline std::vector<double> numbers_of(double number) { return {number}; }
inline std::vector<double> numbers_of(const reel::Tensor& tensor) {
  const auto values = tensor.values();
  return {values.begin(), values.end()};
}
template <class Range>
requires(!std::is_arithmetic_v<Range>) std::vector<double> numbers_of(const Range& range) {
  return {range.begin(), range.end()};
}

/// max |a - b| / max |b|. Infinite where the counts differ, a number is a NaN in one alone, or an infinity is
/// not the same in both; and where b is all 0 and a is not.
inline double relative_error(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) return INFINITY;
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    if (std::isfinite(b[i])) largest = std::max(largest, std::abs(b[i]));
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!std::isfinite(a[i] - b[i])) return INFINITY;
    difference = std::max(difference, std::abs(a[i] - b[i]));
  }
  return difference == 0 ? 0 : difference / largest;
}
inline double relative_error(const reel::Tensor& a, const reel::Tensor& b) {
  return a.shape() == b.shape() ? relative_error(numbers_of(a), numbers_of(b)) : INFINITY;
}

/// Empty where `found` is within `tolerance` of `expected`, both a number, a range of numbers or a tensor;
/// else what differs.
template <class Found, class Expected>
std::string difference(const Found& found, const Expected& expected, double tolerance = kTolerance) {
  if constexpr (std::is_same_v<Found, reel::Tensor> && std::is_same_v<Expected, reel::Tensor>) {
    if (found.shape() != expected.shape()) {
      return fmt::format("found {}, expected {}", found.shape(), expected.shape());
    }
  }
  const std::vector<double> a = numbers_of(found), b = numbers_of(expected);
  const double error = relative_error(a, b);
  if (error <= tolerance) return {};
  if (a.size() != b.size()) return fmt::format("found {} numbers, expected {}", a.size(), b.size());
  std::size_t worst = 0;
  const auto off = [&](std::size_t i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) return 0.0;
    return std::isfinite(a[i] - b[i]) ? std::abs(a[i] - b[i]) : INFINITY;
  };
  for (std::size_t i = 1; i < a.size(); i++) worst = off(i) > off(worst) ? i : worst;
  return fmt::format(
      "off by {:.3g} of the largest expected, where {:.3g} is allowed: at {} found {:.17g}, expected {:.17g}",
      error, tolerance, worst, a[worst], b[worst]);
}

}  // namespace reel_test

/// CHECK_CLOSE(found, expected[, tolerance]): max |found - expected| <= tolerance * max |expected|; numbers,
/// ranges of numbers or tensors. Without a tolerance, kTolerance.
#define CHECK_CLOSE(...)                                                           \
  do {                                                                             \
    const std::string close_difference = reel_test::difference(__VA_ARGS__);       \
    CHECK_MESSAGE(close_difference.empty(), #__VA_ARGS__, ": ", close_difference); \
  } while (false)
