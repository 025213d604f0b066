// Max pooling of 2x2 windows side by side, the usual one, in vectors. Internal to pooling.cpp.
//
// A vector holds the windows of one row. Where a row is narrower than that, loads and stores reach into the
// rows below, which are written after it; behind the last plane they go through a copy.
#pragma once

#include <algorithm>

#include <reel/core/kernels/detail/windows.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Planes of in_h x in_w cells and out_h x out_w windows, one after another.
struct Halving {
  Index planes, in_h, in_w, out_h, out_w;
};

/// kLanes windows of a row, `count` of which exist.
struct WindowVector {
  Index cells;         ///< where the two rows of cells begin in all cells
  bool last;           ///< of the plane's rows of windows
  Index upper, lower;  ///< where the windows begin in these rows
  Index out, count;    ///< where the first one's result stands; results
  bool roomy;          ///< all kLanes may be read and written
};

/// Calls f(WindowVector) for all windows, in the order in which results may be stored.
template <class F>
void for_each_window_vector(const Halving& h, F&& f) {
  const Index cells = h.in_h * h.in_w, results = h.out_h * h.out_w, count = std::min<Index>(kLanes, h.out_w);
  for (Index p = 0; p < h.planes; p++) {
    for (Index i = 0; i < h.out_h; i++) {
      for (Index j = 0; j < h.out_w; j += kLanes) {
        const Index first = std::max<Index>(std::min(j, h.out_w - kLanes), 0);
        const Index row = p * cells + 2 * i * h.in_w, upper = row + 2 * first;
        const Index out = p * results + i * h.out_w + first;
        f(WindowVector{
            row, i + 1 == h.out_h, upper, upper + h.in_w, out, count,
            upper + h.in_w + 2 * kLanes <= h.planes * cells && out + kLanes <= h.planes * results});
      }
    }
  }
}

/// The four cells of each window, in the order in which the first of equals wins.
struct WindowCells {
  Vector a, b, c, d;
  WindowCells(const Scalar* upper, const Scalar* lower)
      : a(evens(load(upper), load(upper + kLanes))),
        b(odds(load(upper), load(upper + kLanes))),
        c(evens(load(lower), load(lower + kLanes))),
        d(odds(load(lower), load(lower + kLanes))) {}

  Vector largest() const {
    Vector best = wins(b, a) ? b : a;
    best = wins(c, best) ? c : best;
    return wins(d, best) ? d : best;
  }

  /// Replaces the cells by their gradients: the largest takes that of the window, but not from <= 0 where
  /// `masked`.
  void spread(Vector gradient, bool masked) {
    const auto b_wins = wins(b, a);
    Vector best = b_wins ? b : a;
    const auto c_wins = wins(c, best);
    best = c_wins ? c : best;
    const auto d_wins = wins(d, best);
    best = d_wins ? d : best;
    if (masked) gradient = best <= Vector{} ? Vector{} : gradient;
    const auto take = [&](auto wins) {
      const Vector taken = wins ? gradient : Vector{};
      gradient = wins ? Vector{} : gradient;
      return taken;
    };
    d = take(d_wins);
    c = take(c_wins);
    b = take(b_wins);
    a = gradient;
  }
};

inline void halve(const Halving& h, const Scalar* x, Scalar* y) {
  for_each_window_vector(h, [=](const WindowVector& w) {
    if (w.roomy) return store(y + w.out, WindowCells(x + w.upper, x + w.lower).largest());
    Scalar upper[2 * kLanes] = {}, lower[2 * kLanes] = {}, results[kLanes];
    std::copy_n(x + w.upper, 2 * w.count, upper);
    std::copy_n(x + w.lower, 2 * w.count, lower);
    store(results, WindowCells(upper, lower).largest());
    std::copy_n(results, w.count, y + w.out);
  });
}

/// The cells behind a row of windows that no window covers, and those below the last row.
inline void zero_rest(const Halving& h, const WindowVector& w, Scalar* dx) {
  Scalar* const row = dx + w.cells;
  const Index right = h.in_w - 2 * h.out_w;
  if (right > 0) {
    std::fill_n(row + 2 * h.out_w, right, Scalar(0));
    std::fill_n(row + h.in_w + 2 * h.out_w, right, Scalar(0));
  }
  if (w.last) std::fill_n(row + 2 * h.in_w, (h.in_h - 2 * h.out_h) * h.in_w, Scalar(0));
}

inline void halve_backward(const Halving& h, const Scalar* x, const Scalar* dy, bool masked, Scalar* dx) {
  const auto write = [](const WindowCells& cells, Scalar* upper, Scalar* lower) {
    store(upper, zip_low(cells.a, cells.b));
    store(upper + kLanes, zip_high(cells.a, cells.b));
    store(lower, zip_low(cells.c, cells.d));
    store(lower + kLanes, zip_high(cells.c, cells.d));
  };
  for_each_window_vector(h, [=](const WindowVector& w) {
    if (w.roomy) {
      WindowCells cells(x + w.upper, x + w.lower);
      cells.spread(load(dy + w.out), masked);
      write(cells, dx + w.upper, dx + w.lower);
    } else {
      Scalar upper[2 * kLanes] = {}, lower[2 * kLanes] = {}, gradient[kLanes] = {};
      std::copy_n(x + w.upper, 2 * w.count, upper);
      std::copy_n(x + w.lower, 2 * w.count, lower);
      std::copy_n(dy + w.out, w.count, gradient);
      WindowCells cells(upper, lower);
      cells.spread(load(gradient), masked);
      write(cells, upper, lower);
      std::copy_n(upper, 2 * w.count, dx + w.upper);
      std::copy_n(lower, 2 * w.count, dx + w.lower);
    }
    zero_rest(h, w, dx);
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
