// Sums in a fixed order that the compiler can vectorise.
#pragma once

#include <algorithm>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// f(0) + ... + f(n - 1). Short runs are added in Scalar on 16 lanes, the runs in double: the error does not
/// grow with n.
template <class F>
double fixed_order_sum(Index n, F&& f) {
  constexpr Index kSums = 16, kRun = 512;
  double total = 0;
  for (Index begin = 0; begin < n; begin += kRun) {
    const Index end = std::min(n, begin + kRun);
    Scalar lanes[kSums] = {};
    Index i = begin;
    for (; i + kSums <= end; i += kSums) {
      for (Index lane = 0; lane < kSums; lane++) lanes[lane] += f(i + lane);
    }
    for (; i < end; i++) total += f(i);
    for (const Scalar lane : lanes) total += lane;
  }
  return total;
}

}  // namespace reel::inline REEL_PRECISION::kernels
