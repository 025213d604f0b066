// The timing rule of the benchmark and its peer.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace reel::apps {

/// Of a kernel, in seconds: the whole table of `bench kernels` takes less than a minute.
inline constexpr double kKernelWindow = 0.03;

/// Seconds of one call of f: after one call to warm up, the best of five windows of at least `window`
/// seconds, each of which makes as many calls as fit.
template <class F>
double best_seconds(F&& f, double window) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity();
  f();
  for (int repetition = 0; repetition < 5; repetition++) {
    const auto start = Clock::now();
    int calls = 0;
    double elapsed = 0;
    do {
      f();
      calls++;
      elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    } while (elapsed < window);
    best = std::min(best, elapsed / calls);
  }
  return best;
}

}  // namespace reel::apps
