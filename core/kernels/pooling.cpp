// Windows of a row side by side in vectors (detail/windows.h), one by one where that does not suit; 2x2 without
// overlap by detail/halving.h.
#include <reel/core/kernels/detail/pooling.h>

#include <algorithm>
#include <limits>

#include <reel/core/kernels/detail/fixed_order_sum.h>
#include <reel/core/kernels/detail/halving.h>
#include <reel/core/kernels/detail/wide.h>
#include <reel/core/kernels/detail/windows.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// What is read of a plane, or written.
Index cells_of(const Pooling& s) {
  return std::max(s.in_h * s.in_w, s.out_h * s.out_w * s.kernel_h * s.kernel_w);
}
Index cells_of(const Resampling& s) {
  return std::max(s.in_h * s.in_w, s.out_h * s.out_w * s.rows.most * s.columns.most);
}

// Calls f(first plane, its end) for pieces of the planes, several at once.
template <class S, class F>
void for_planes(const S& s, F&& f) {
  constexpr Index kWork = 32768;  // cells in a piece, some ten microseconds
  parallel_for(s.planes, kWork / std::max<Index>(cells_of(s), 1) + 1, f);
}

// Calls f(x's plane, y's plane) for all planes.
template <class S, class F>
void for_each_plane(const S& s, F&& f) {
  for_planes(s, [&](Index begin, Index end) {
    for (Index p = begin; p < end; p++) f(p * s.in_h * s.in_w, p * s.out_h * s.out_w);
  });
}

// Calls f(x's plane, i, j, y's place) for all windows of some planes.
template <class F>
void for_each_window(const Pooling& s, Index begin, Index end, F&& f) {
  for (Index p = begin, o = begin * s.out_h * s.out_w; p < end; p++) {
    for (Index i = 0; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) f(p * s.in_h * s.in_w, i, j, o);
    }
  }
}

// Calls f(windows) for all windows of some planes, in the order of the memory.
template <class F>
void for_each_lanes(const Pooling& s, const Scalar* x, Index begin, Index end, F&& f) {
  for (Index p = begin; p < end; p++) {
    for (Index i = 0; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j += kLanes) f(WindowLanes(s, x, p, i, j));
    }
  }
}

// What the lanes behind a row's last window hold goes to where the next rows' results will be, up to `end`.
void store_results(Scalar* y, const WindowLanes& windows, Vector results, Index end) {
  const Index o = windows.result();
  store_first(y + o, results, o + kLanes <= end ? kLanes : windows.count());
}

// Calls f(a row of pixels, its blocks) for all rows.
template <class P, class B, class F>
void for_each_row(const Blocks& s, P* pixels, B* blocks, F&& f) {
  constexpr Index kWork = 32768;
  const Index size = s.block_h * s.width * s.block_w;
  parallel_for(s.rows, kWork / std::max<Index>(size, 1) + 1, [&](Index begin, Index end) {
    for (Index r = begin; r < end; r++) f(pixels + r * s.width, blocks + r * size);
  });
}

// Whether `v` takes the place of `best`: the first of equals stays, NaN beats everything.
inline bool wins(Scalar v, Scalar best) { return (v > best) | (v != v); }

// Position of the largest of window (i, j) in a plane, -1 where all of it is padding.
Index largest(const Pooling& s, const Scalar* x, Index i, Index j) {
  const LineCells rows(i * s.stride_h - s.top, s.kernel_h, s.dilation_h, s.in_h);
  const LineCells columns(j * s.stride_w - s.left, s.kernel_w, s.dilation_w, s.in_w);
  Index place = -1;
  for (Index r = rows.begin; r < rows.end; r += s.dilation_h) {
    for (Index c = columns.begin; c < columns.end; c += s.dilation_w) {
      const Index here = r * s.in_w + c;
      if (place < 0 || wins(x[here], x[place])) place = here;
    }
  }
  return place;
}

// Calls f(y's place, the largest cell's place in x) for the windows of some planes that are not all padding.
template <class F>
void for_each_largest(const Pooling& s, const Scalar* x, Index begin, Index end, F&& f) {
  if (!suit_lanes(s)) {
    return for_each_window(s, begin, end, [&](Index in, Index i, Index j, Index o) {
      const Index place = largest(s, x + in, i, j);
      if (place >= 0) f(o, in + place);
    });
  }
  for_each_lanes(s, x, begin, end, [&](const WindowLanes& windows) {
    const LargestCells cells = largest(s, windows);
    for (Index lane = 0; lane < windows.count(); lane++) {
      if (cells.column[lane] >= 0)
        f(windows.result() + lane, windows.place(lane, cells.row[lane], cells.column[lane]));
    }
  });
}

// The windows of nearly every network: 2x2 side by side, none of them cut off.
bool is_halving(const Pooling& s) {
  return s.kernel_h == 2 && s.kernel_w == 2 && s.stride_h == 2 && s.stride_w == 2 && s.dilation_h == 1 &&
         s.dilation_w == 1 && s.top == 0 && s.left == 0 && 2 * s.out_h <= s.in_h && 2 * s.out_w <= s.in_w;
}

// The cells of a window along one dimension that a mean counts: with those of the padding, or without them.
Index counted(bool padding, Index first, Index kernel, Index size, Index behind) {
  return padding ? std::min(first + kernel, size + behind) - first
                 : std::min(first + kernel, size) - std::max<Index>(first, 0);
}
Index counted_rows(const Pooling& s, bool padding, Index i) {
  return counted(padding, i * s.stride_h - s.top, s.kernel_h, s.in_h, s.bottom);
}
Index counted_columns(const Pooling& s, bool padding, Index j) {
  return counted(padding, j * s.stride_w - s.left, s.kernel_w, s.in_w, s.right);
}

// What the sum of a window is divided by; in double, for a float would round the count of a window of millions.
double divisor(Index rows, Index columns) { return static_cast<double>(std::max<Index>(rows * columns, 1)); }

// Of the sums of `count` windows (i, j), (i, j + 1), ...
Vector means(const Pooling& s, bool count_padding, Index i, Index j, Index count, WideVector& sums) {
  const Index rows = counted_rows(s, count_padding, i);
  const auto columns = [&](Index lane) { return counted_columns(s, count_padding, j + lane); };
  if (columns(0) == s.kernel_w && columns(count - 1) == s.kernel_w) {  // as have those between them
    sums /= WideVector{} + divisor(rows, s.kernel_w);
  } else {
    for (Index lane = 0; lane < count; lane++) sums[lane] /= divisor(rows, columns(lane));
  }
  return __builtin_convertvector(sums, Vector);
}

// The sum of a row is one of its own, for a sum of few numbers is the better one.
void window_sums(const Pooling& s, const WindowLanes& windows, WideVector& sums) {
  sums = WideVector{};
  for (Index r = windows.rows().begin; r < windows.rows().end; r++) {
    WideVector row{};
    for (Index v = 0; v < s.kernel_w; v++) row += __builtin_convertvector(windows.cells(r, v, 0), WideVector);
    sums += row;
  }
}
double window_sum(const Pooling& s, const Scalar* x, Index i, Index j) {
  const LineCells rows(i * s.stride_h - s.top, s.kernel_h, 1, s.in_h);
  const LineCells columns(j * s.stride_w - s.left, s.kernel_w, 1, s.in_w);
  double sum = 0;
  for (Index r = rows.begin; r < rows.end; r++) {
    double row = 0;
    for (Index c = columns.begin; c < columns.end; c++) row += x[r * s.in_w + c];
    sum += row;
  }
  return sum;
}

// Adds the shares of the windows [j, j + count) of a row of windows to their cells in some rows, to each cell in the
// order of the windows.
void add_shares(const Pooling& s, const Scalar* shares, Index j, Index count, const LineCells& rows,
                Scalar* dx) {
  for (Index v = s.kernel_w; v-- > 0;) {
    // The windows whose cell v is not padding.
    const Index first = std::max(j, -floor_div(v - s.left, s.stride_w));
    const Index end = std::min(j + count, -floor_div(v - s.left - s.in_w, s.stride_w));
    const Scalar* const from = shares + (first - j);
    for (Index r = rows.begin; r < rows.end; r++) {
      Scalar* const cells = dx + r * s.in_w + first * s.stride_w - s.left + v;
      if (s.stride_w == 1) {
        for (Index k = 0; k < end - first; k++) cells[k] += from[k];
      } else {
        for (Index k = 0; k < end - first; k++) cells[k * s.stride_w] += from[k];
      }
    }
  }
}

// Adds what the windows of row i get to their cells. Rows that no other windows cover become the same.
void spread_row(const Pooling& s, bool count_padding, Index i, const Scalar* dy, Scalar* dx) {
  constexpr Index kAtOnce = 4 * kLanes;
  const LineCells rows(i * s.stride_h - s.top, s.kernel_h, 1, s.in_h);
  LineCells added = rows;
  if (s.kernel_h <= s.stride_h) added.end = std::min(added.begin + 1, rows.end);
  for (Index j = 0; j < s.out_w; j += kAtOnce) {
    const Index count = std::min(kAtOnce, s.out_w - j);
    Scalar shares[kAtOnce];
    for (Index k = 0; k < count; k += kLanes) {
      const Index lanes = std::min<Index>(kLanes, count - k);
      WideVector wide = __builtin_convertvector(load_first(dy + j + k, lanes), WideVector);
      store(shares + k, means(s, count_padding, i, j + k, lanes, wide));
    }
    add_shares(s, shares, j, count, added, dx);
  }
  for (Index r = added.end; r < rows.end; r++) std::copy_n(dx + rows.begin * s.in_w, s.in_w, dx + r * s.in_w);
}

// The same for a window.
void spread_window(const Pooling& s, bool count_padding, Index i, Index j, Scalar dy, Scalar* dx) {
  const LineCells rows(i * s.stride_h - s.top, s.kernel_h, 1, s.in_h);
  const LineCells columns(j * s.stride_w - s.left, s.kernel_w, 1, s.in_w);
  const auto share = static_cast<Scalar>(
      dy / divisor(counted_rows(s, count_padding, i), counted_columns(s, count_padding, j)));
  for (Index r = rows.begin; r < rows.end; r++) {
    for (Index c = columns.begin; c < columns.end; c++) dx[r * s.in_w + c] += share;
  }
}

}  // namespace

void max_pool_forward(const Pooling& s, const Scalar* x, Scalar* y) {
  for_planes(s, [&](Index begin, Index end) {
    const Index results = s.out_h * s.out_w;
    if (is_halving(s)) {
      return halve({end - begin, s.in_h, s.in_w, s.out_h, s.out_w}, x + begin * s.in_h * s.in_w,
                   y + begin * results);
    }
    if (suit_lanes(s)) {
      return for_each_lanes(s, x, begin, end, [&](const WindowLanes& windows) {
        store_results(y, windows, largest(s, windows).value, end * results);
      });
    }
    for_each_window(s, begin, end, [&](Index in, Index i, Index j, Index o) {
      const Index place = largest(s, x + in, i, j);
      y[o] = place < 0 ? -std::numeric_limits<Scalar>::infinity() : x[in + place];
    });
  });
}

void max_pool_places(const Pooling& s, const Scalar* x, Index* places) {
  for_planes(s, [&](Index begin, Index end) {
    for_each_window(s, begin, end,
                    [&](Index in, Index i, Index j, Index o) { places[o] = largest(s, x + in, i, j); });
  });
}

void max_pool_backward(const Pooling& s, const Scalar* x, const Scalar* dy, bool masked, Scalar* dx) {
  for_planes(s, [&](Index begin, Index end) {
    const Index cells = s.in_h * s.in_w;
    if (is_halving(s)) {
      return halve_backward({end - begin, s.in_h, s.in_w, s.out_h, s.out_w}, x + begin * cells,
                            dy + begin * s.out_h * s.out_w, masked, dx + begin * cells);
    }
    std::fill(dx + begin * cells, dx + end * cells, Scalar(0));
    for_each_largest(s, x, begin, end, [=](Index o, Index place) {
      if (!(masked && x[place] <= 0)) dx[place] += dy[o];
    });
  });
}

void avg_pool_forward(const Pooling& s, bool count_padding, const Scalar* x, Scalar* y) {
  for_planes(s, [&](Index begin, Index end) {
    if (suit_lanes(s)) {
      return for_each_lanes(s, x, begin, end, [&](const WindowLanes& windows) {
        WideVector sums;
        window_sums(s, windows, sums);
        const Vector y_lanes = means(s, count_padding, windows.i(), windows.j(), windows.count(), sums);
        store_results(y, windows, y_lanes, end * s.out_h * s.out_w);
      });
    }
    for_each_window(s, begin, end, [&](Index in, Index i, Index j, Index o) {
      const Index rows = counted_rows(s, count_padding, i), columns = counted_columns(s, count_padding, j);
      y[o] = static_cast<Scalar>(window_sum(s, x + in, i, j) / divisor(rows, columns));
    });
  });
}

void avg_pool_backward(const Pooling& s, bool count_padding, const Scalar* dy, Scalar* dx) {
  for_planes(s, [&](Index begin, Index end) {
    const Index cells = s.in_h * s.in_w, results = s.out_h * s.out_w;
    std::fill(dx + begin * cells, dx + end * cells, Scalar(0));
    if (s.out_w < std::max<Index>(s.kernel_w, 6)) {
      return for_each_window(s, begin, end, [&](Index in, Index i, Index j, Index o) {
        spread_window(s, count_padding, i, j, dy[o], dx + in);
      });
    }
    for (Index p = begin; p < end; p++) {
      for (Index i = 0; i < s.out_h; i++) {
        spread_row(s, count_padding, i, dy + p * results + i * s.out_w, dx + p * cells);
      }
    }
  });
}

void plane_means(const Scalar* x, Index planes, Index pixels, Scalar* y) {
  constexpr Index kWork = 32768;
  parallel_for(planes, kWork / std::max<Index>(pixels, 1) + 1, [=](Index begin, Index end) {
    for (Index p = begin; p < end; p++) {
      const Scalar* plane = x + p * pixels;
      y[p] = static_cast<Scalar>(fixed_order_sum(pixels, [=](Index i) { return plane[i]; }) /
                                 static_cast<double>(pixels));
    }
  });
}

void plane_means_backward(const Scalar* dy, Index planes, Index pixels, Scalar* dx) {
  constexpr Index kWork = 32768;
  parallel_for(planes, kWork / std::max<Index>(pixels, 1) + 1, [=](Index begin, Index end) {
    for (Index p = begin; p < end; p++) {
      std::fill_n(dx + p * pixels, pixels, dy[p] / static_cast<Scalar>(pixels));
    }
  });
}

void repeat_pixels(const Blocks& s, const Scalar* pixels, Scalar* blocks) {
  const Index line = s.width * s.block_w;
  for_each_row(s, pixels, blocks, [&](const Scalar* x, Scalar* y) {
    for (Index j = 0; j < s.width; j++) {
      for (Index v = 0; v < s.block_w; v++) y[j * s.block_w + v] = x[j];
    }
    for (Index u = 1; u < s.block_h; u++) std::copy_n(y, line, y + u * line);
  });
}

void sum_blocks(const Blocks& s, const Scalar* blocks, Scalar* pixels) {
  for_each_row(s, pixels, blocks, [&](Scalar* x, const Scalar* y) {
    for (Index j = 0; j < s.width; j++) {
      double sum = 0;
      for (Index u = 0; u < s.block_h; u++) {
        const Scalar* line = y + (u * s.width + j) * s.block_w;
        for (Index v = 0; v < s.block_w; v++) sum += line[v];
      }
      x[j] = static_cast<Scalar>(sum);
    }
  });
}

void resample_forward(const Resampling& s, const Scalar* x, Scalar* y) {
  for_each_plane(s, [&](Index in, Index out) {
    for (Index i = 0, o = out; i < s.out_h; i++) {
      const Scalar* row_weights = s.rows.weights + i * s.rows.most;
      for (Index j = 0; j < s.out_w; j++, o++) {
        const Scalar* weights = s.columns.weights + j * s.columns.most;
        const Scalar* pixels = x + in + s.rows.first[i] * s.in_w + s.columns.first[j];
        double sum = 0;
        for (Index u = 0; u < s.rows.count[i]; u++, pixels += s.in_w) {
          double row = 0;
          for (Index v = 0; v < s.columns.count[j]; v++) row += weights[v] * pixels[v];
          sum += row_weights[u] * row;
        }
        y[o] = static_cast<Scalar>(sum);
      }
    }
  });
}

void resample_backward(const Resampling& s, const Scalar* dy, Scalar* dx) {
  for_each_plane(s, [&](Index in, Index out) {
    std::fill_n(dx + in, s.in_h * s.in_w, Scalar(0));
    for (Index i = 0, o = out; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) {
        const Scalar* weights = s.columns.weights + j * s.columns.most;
        Scalar* pixels = dx + in + s.rows.first[i] * s.in_w + s.columns.first[j];
        for (Index u = 0; u < s.rows.count[i]; u++, pixels += s.in_w) {
          const Scalar share = s.rows.weights[i * s.rows.most + u] * dy[o];
          for (Index v = 0; v < s.columns.count[j]; v++) pixels[v] += weights[v] * share;
        }
      }
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
