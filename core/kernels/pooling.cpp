// Windows one by one, but for 2x2 side by side, which detail/halving.h takes in vectors.
#include <reel/core/kernels/detail/pooling.h>

#include <algorithm>
#include <limits>

#include <reel/core/kernels/detail/fixed_order_sum.h>
#include <reel/core/kernels/detail/halving.h>
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

// The cells of a window along one dimension that lie within the plane: begin, begin + dilation, ... < end.
struct LineCells {
  Index begin, end;
  LineCells(Index first, Index kernel, Index dilation, Index size)
      : begin(first < 0 ? first + (-first + dilation - 1) / dilation * dilation : first),
        end(std::min(first + (kernel - 1) * dilation + 1, size)) {}
};

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

// The windows of nearly every network: 2x2 side by side, none of them cut off.
bool is_halving(const Pooling& s) {
  return s.kernel_h == 2 && s.kernel_w == 2 && s.stride_h == 2 && s.stride_w == 2 && s.dilation_h == 1 &&
         s.dilation_w == 1 && s.top == 0 && s.left == 0 && 2 * s.out_h <= s.in_h && 2 * s.out_w <= s.in_w;
}

// The cells of window (i, j) of an average within the plane, and what their sum is divided by.
struct AverageWindow {
  LineCells rows, columns;
  double divisor;  // a float would round the count of a window of millions
  AverageWindow(const Pooling& s, bool count_padding, Index i, Index j)
      : rows(i * s.stride_h - s.top, s.kernel_h, 1, s.in_h),
        columns(j * s.stride_w - s.left, s.kernel_w, 1, s.in_w) {
    const Index y = i * s.stride_h - s.top, x = j * s.stride_w - s.left;
    const Index cells = count_padding ? (std::min(y + s.kernel_h, s.in_h + s.bottom) - y) *
                                            (std::min(x + s.kernel_w, s.in_w + s.right) - x)
                                      : (rows.end - rows.begin) * (columns.end - columns.begin);
    divisor = static_cast<double>(std::max<Index>(cells, 1));
  }
};

}  // namespace

void max_pool_forward(const Pooling& s, const Scalar* x, Scalar* y) {
  if (is_halving(s)) {
    return for_planes(s, [&](Index begin, Index end) {
      halve({end - begin, s.in_h, s.in_w, s.out_h, s.out_w}, x + begin * s.in_h * s.in_w,
            y + begin * s.out_h * s.out_w);
    });
  }
  for_each_plane(s, [&](Index in, Index out) {
    for (Index i = 0, o = out; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) {
        const Index place = largest(s, x + in, i, j);
        y[o] = place < 0 ? -std::numeric_limits<Scalar>::infinity() : x[in + place];
      }
    }
  });
}

void max_pool_places(const Pooling& s, const Scalar* x, Index* places) {
  for_each_plane(s, [&](Index in, Index out) {
    for (Index i = 0, o = out; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) places[o] = largest(s, x + in, i, j);
    }
  });
}

void max_pool_backward(const Pooling& s, const Scalar* x, const Scalar* dy, bool masked, Scalar* dx) {
  if (is_halving(s)) {
    return for_planes(s, [&](Index begin, Index end) {
      const Index in = begin * s.in_h * s.in_w;
      halve_backward({end - begin, s.in_h, s.in_w, s.out_h, s.out_w}, x + in, dy + begin * s.out_h * s.out_w,
                     masked, dx + in);
    });
  }
  for_each_plane(s, [&](Index in, Index out) {
    std::fill_n(dx + in, s.in_h * s.in_w, Scalar(0));
    for (Index i = 0, o = out; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) {
        const Index place = largest(s, x + in, i, j);
        if (place >= 0 && !(masked && x[in + place] <= 0)) dx[in + place] += dy[o];
      }
    }
  });
}

void avg_pool_forward(const Pooling& s, bool count_padding, const Scalar* x, Scalar* y) {
  for_each_plane(s, [&](Index in, Index out) {
    for (Index i = 0, o = out; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) {
        const AverageWindow window(s, count_padding, i, j);
        double sum = 0;
        for (Index r = window.rows.begin; r < window.rows.end; r++) {
          double row = 0;  // of its own, for a sum of few numbers is the better one
          for (Index c = window.columns.begin; c < window.columns.end; c++) row += x[in + r * s.in_w + c];
          sum += row;
        }
        y[o] = static_cast<Scalar>(sum / window.divisor);
      }
    }
  });
}

void avg_pool_backward(const Pooling& s, bool count_padding, const Scalar* dy, Scalar* dx) {
  for_each_plane(s, [&](Index in, Index out) {
    std::fill_n(dx + in, s.in_h * s.in_w, Scalar(0));
    for (Index i = 0, o = out; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++, o++) {
        const AverageWindow window(s, count_padding, i, j);
        const auto share = static_cast<Scalar>(dy[o] / window.divisor);
        for (Index r = window.rows.begin; r < window.rows.end; r++) {
          for (Index c = window.columns.begin; c < window.columns.end; c++) dx[in + r * s.in_w + c] += share;
        }
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
