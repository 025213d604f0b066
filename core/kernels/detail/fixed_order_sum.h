// Sums in a fixed order that the compiler can vectorise.
#pragma once

#include <algorithm>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// f(0) + ... + f(n - 1), added in double on 16 lanes in short runs: the error does not grow with n, and no
/// sum of floats overflows.
template <class F>
double fixed_order_sum(Index n, F&& f) {
  constexpr Index kSums = 16, kRun = 512;
  double total = 0;
  for (Index begin = 0; begin < n; begin += kRun) {
    const Index end = std::min(n, begin + kRun);
    double lanes[kSums] = {};
    Index i = begin;
    for (; i + kSums <= end; i += kSums) {
      for (Index lane = 0; lane < kSums; lane++) lanes[lane] += f(i + lane);
    }
    for (; i < end; i++) total += f(i);
    for (const double lane : lanes) total += lane;
  }
  return total;
}

}  // namespace reel::inline REEL_PRECISION::kernels
