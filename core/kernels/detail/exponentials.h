// The exponentials of lines of numbers, of kLanes lines at once, as softmax and cross-entropy want them. Internal to
// softmax.cpp and losses.cpp.
//
// Lines that lie side by side are lanes of vectors, and so are short rows, which are turned in a buffer: with ten
// classes a row fills no vector. Of long rows a vector holds neighbours.
#pragma once

#include <algorithm>

#include <reel/core/kernels/detail/fixed_order_sum.h>
#include <reel/core/kernels/detail/math.h>
#include <reel/core/kernels/detail/simd.h>
#include <reel/core/kernels/detail/wide.h>

namespace reel::inline REEL_PRECISION::kernels {

/// The longest rows that are turned.
inline constexpr Index kShortRow = 32;

/// The largest number of each of kLanes lines and the sum of exp(x - top): at least 1, the exponential of the top
/// itself, or NaN where a number of the line is NaN or infinity, or all are -infinity.
struct LineSums {
  Scalar top[kLanes];
  double total[kLanes];
};

/// y = exp(x - top) of kLanes lines side by side, which have their numbers k at [k * step].
inline void exponentials_of_columns(Scalar* y, const Scalar* x, Index n, Index step, LineSums& sums) {
  Vector top = load(x);
  for (Index k = 1; k < n; k++) {
    const Vector v = load(x + k * step);
    top = v > top ? v : top;
  }
  WideVector total{};
  for (Index k = 0; k < n; k++) {
    Scalar e[kLanes];
    store(e, load(x + k * step) - top);
    for (Scalar& v : e) v = fast_exp(v);
    store(y + k * step, load(e));
    total += __builtin_convertvector(load(e), WideVector);
  }
  store(sums.top, top);
  for (int lane = 0; lane < kLanes; lane++) sums.total[lane] = total[lane];
}

/// Of one line.
inline void exponentials_of_column(Scalar* y, const Scalar* x, Index n, Index step, LineSums& sums) {
  Scalar top = x[0];
  for (Index k = 1; k < n; k++) top = std::max(top, x[k * step]);
  double total = 0;
  for (Index k = 0; k < n; k++) {
    y[k * step] = fast_exp(x[k * step] - top);
    total += y[k * step];
  }
  sums.top[0] = top;
  sums.total[0] = total;
}

inline Scalar largest_of_row(const Scalar* x, Index n) {
  Scalar top = x[0];
  Index k = 1;
  if (n >= kLanes) {
    Vector best = load(x);
    for (k = kLanes; k + kLanes <= n; k += kLanes) {
      const Vector v = load(x + k);
      best = v > best ? v : best;
    }
    for (int lane = 0; lane < kLanes; lane++) top = std::max(top, best[lane]);
  }
  for (; k < n; k++) top = std::max(top, x[k]);
  return top;
}

/// The sum of f(0), ..., f(n - 1) in double.
template <class F>
double sum_of_line(Index n, F&& f) {
  if (n > kShortRow) return fixed_order_sum(n, f);
  double total = 0;
  for (Index k = 0; k < n; k++) total += f(k);
  return total;
}

/// y = exp(x - top) of up to kLanes rows of n numbers, one behind the other.
inline void exponentials_of_rows(Scalar* y, const Scalar* x, Index n, Index rows, LineSums& sums) {
  constexpr Index kFew = 4;
  if (n > kShortRow || rows < kFew) {
    for (Index r = 0; r < rows; r++, x += n, y += n) {
      const Scalar top = largest_of_row(x, n);
      for (Index k = 0; k < n; k++) y[k] = fast_exp(x[k] - top);
      sums.top[r] = top;
      sums.total[r] = sum_of_line(n, [y](Index k) { return y[k]; });
    }
    return;
  }
  Scalar columns[kShortRow * kLanes] = {};
  for (Index k = 0; k < n; k++) {
    for (Index r = 0; r < rows; r++) columns[k * kLanes + r] = x[r * n + k];
  }
  exponentials_of_columns(columns, columns, n, kLanes, sums);
  for (Index r = 0; r < rows; r++) {
    for (Index k = 0; k < n; k++) y[r * n + k] = columns[k * kLanes + r];
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
