// kLanes lines at once, from x - max(x).
#include <reel/core/kernels/detail/softmax.h>

#include <algorithm>

#include <reel/core/kernels/detail/exponentials.h>
#include <reel/core/kernels/detail/math.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Lines of n numbers: up to kLanes rows, one behind the other, or columns of rows of `width` numbers, kLanes side by side
// or one.
struct Lines {
  Index first, count, n, width;

  bool are_rows() const { return width == 1; }
  // Calls f(line, place of a number of it) for all of them.
  template <class F>
  void for_each(F&& f) const {
    if (are_rows()) {
      for (Index line = 0; line < count; line++) {
        for (Index k = 0; k < n; k++) f(line, first + line * n + k);
      }
    } else if (count == kLanes) {
      for (Index k = 0; k < n; k++) {
        for (Index line = 0; line < kLanes; line++) f(line, first + k * width + line);
      }
    } else {
      for (Index k = 0; k < n; k++) f(0, first + k * width);
    }
  }
  // The sum of f(place) along each line.
  template <class F>
  void sum(F&& f, double* totals) const {
    if (count == kLanes && !are_rows()) {
      std::fill_n(totals, kLanes, 0.0);
      return for_each([&](Index line, Index place) { totals[line] += f(place); });
    }
    for (Index line = 0; line < count; line++) {
      totals[line] = sum_of_line(n, [&](Index k) { return f(first + line * n + k * width); });
    }
  }
  void exponentials(Scalar* y, const Scalar* x, LineSums& sums) const {
    if (are_rows()) return exponentials_of_rows(y + first, x + first, n, count, sums);
    if (count == 1) return exponentials_of_column(y + first, x + first, n, width, sums);
    exponentials_of_columns(y + first, x + first, n, width, sums);
  }
};

// Calls f(lines) for all lines of [outer, n, inner].
template <class F>
void for_each_lines(Index outer, Index n, Index inner, F&& f) {
  const Index grain = std::max<Index>(1, 4096 / kLanes / std::max<Index>(1, n));
  if (inner == 1) {
    return parallel_for((outer + kLanes - 1) / kLanes, grain, [=](Index begin, Index end) {
      for (Index line = begin * kLanes; line < std::min(outer, end * kLanes); line += kLanes) {
        f(Lines{line * n, std::min<Index>(kLanes, outer - line), n, 1});
      }
    });
  }
  const Index vectors = inner / kLanes, blocks = vectors + inner % kLanes;
  parallel_for(outer * blocks, grain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) {
      const Index row = i / blocks * n * inner, block = i % blocks;
      if (block < vectors) {
        f(Lines{row + block * kLanes, kLanes, n, inner});
      } else {
        f(Lines{row + vectors * kLanes + block - vectors, 1, n, inner});
      }
    }
  });
}

}  // namespace

void softmax(Scalar* y, const Scalar* x, Index outer, Index n, Index inner) {
  for_each_lines(outer, n, inner, [=](const Lines& lines) {
    LineSums sums;
    lines.exponentials(y, x, sums);
    Scalar scale[kLanes];
    for (Index line = 0; line < lines.count; line++) scale[line] = static_cast<Scalar>(1 / sums.total[line]);
    lines.for_each([&](Index line, Index i) { y[i] *= scale[line]; });
  });
}

void softmax_gradient(Scalar* dx, const Scalar* dy, const Scalar* y, Index outer, Index n, Index inner) {
  for_each_lines(outer, n, inner, [=](const Lines& lines) {
    double totals[kLanes];
    lines.sum([=](Index i) { return static_cast<double>(dy[i]) * y[i]; }, totals);
    Scalar mean[kLanes];
    for (Index line = 0; line < lines.count; line++) mean[line] = static_cast<Scalar>(totals[line]);
    lines.for_each([&](Index line, Index i) { dx[i] = y[i] * (dy[i] - mean[line]); });
  });
}

// The logarithm of what is added to the top's own exponential, for a total near 1 has few digits of its own.
void log_softmax(Scalar* y, const Scalar* x, Index outer, Index n, Index inner) {
  for_each_lines(outer, n, inner, [=](const Lines& lines) {
    LineSums sums;
    lines.exponentials(y, x, sums);
    Scalar log_total[kLanes];
    for (Index line = 0; line < lines.count; line++) {
      log_total[line] = fast_log1p(static_cast<Scalar>(sums.total[line] - 1));
    }
    lines.for_each([&](Index line, Index i) { y[i] = x[i] - sums.top[line] - log_total[line]; });
  });
}

void log_softmax_gradient(Scalar* dx, const Scalar* dy, const Scalar* y, Index outer, Index n, Index inner) {
  for_each_lines(outer, n, inner, [=](const Lines& lines) {
    double totals[kLanes];
    lines.sum([=](Index i) { return dy[i]; }, totals);
    Scalar total[kLanes];
    for (Index line = 0; line < lines.count; line++) total[line] = static_cast<Scalar>(totals[line]);
    lines.for_each([&](Index line, Index i) { dx[i] = dy[i] - fast_exp(y[i]) * total[line]; });
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
