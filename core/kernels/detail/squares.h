// Squares of kLanes x kLanes numbers, turned in registers: between planes of pixels, as images are stored,
// and vectors that hold one pixel of kLanes planes each: of kLanes channels, or of kLanes images.
#pragma once

#include <algorithm>
#include <utility>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

// Swaps the off-diagonal blocks of 2x2 blocks of kStep lanes.
template <int kStep, int... kLane>
[[gnu::always_inline]] inline void swap_blocks(Vector& a, Vector& b, std::integer_sequence<int, kLane...>) {
  const Vector low = __builtin_shufflevector(a, b, (kLane & kStep ? kLane - kStep + kLanes : kLane)...);
  b = __builtin_shufflevector(a, b, (kLane & kStep ? kLane + kLanes : kLane + kStep)...);
  a = low;
}

template <int kStep = kLanes / 2>
[[gnu::always_inline]] inline void transpose(Vector (&square)[kLanes]) {
  for (int i = 0; i < kLanes; i++) {
    if (!(i & kStep))
      swap_blocks<kStep>(square[i], square[i + kStep], std::make_integer_sequence<int, kLanes>{});
  }
  if constexpr (kStep > 1) transpose<kStep / 2>(square);
}

/// `count` <= kLanes planes, each `stride` scalars behind the one before, from the pixel on that data points at.
template <class T>
struct PlaneLanes {
  T* data;
  Index count, stride;
};

/// How far ahead memory is asked for: so many planes at once are more than the processor foresees.
inline constexpr Index kAhead = 4 * kLanes;

/// Calls f(i) for i in 0..count. Inlined, with a loop of fixed length for kLanes, so that the vectors of a
/// square stay in registers.
template <class F>
[[gnu::always_inline]] inline void for_each_lane(Index count, const F& f) {
  if (count == kLanes) {
    for (int i = 0; i < kLanes; i++) f(i);
  } else {
    for (int i = 0; i < count; i++) f(i);
  }
}

/// Calls f(first, scalars) for pieces of kLanes of `count` scalars; the last piece reaches back into the one
/// before where the count is no multiple.
template <class F>
void for_each_square(Index count, F&& f) {
  if (count < kLanes) return f(Index{0}, count);
  for (Index p = 0; p < count; p += kLanes) f(std::min(p, count - kLanes), Index{kLanes});
}

/// Where vectors of pixels stand: rows of `width` of them, `pitch` apart.
struct VectorRows {
  Vector* data;
  Index width, pitch;
  const Index* columns = nullptr;  ///< the place of each pixel in its row, where they are not in order

  /// Calls f(q, vector) for the pixels first + q, q in 0..count, counted through the rows.
  template <class F>
  [[gnu::always_inline]] void for_each(Index first, Index count, const F& f) const {
    Index column = first % width;
    Vector* row = data + first / width * pitch;
    if (!columns && column + kLanes <= width) {
      for_each_lane(
          count, [&](int q) __attribute__((always_inline)) { f(q, row[column + q]); });
      return;
    }
    for (Index q = 0; q < count; q++) {
      f(q, row[columns ? columns[column] : column]);
      if (++column == width) column = 0, row += pitch;
    }
  }
};

/// Fills the rows with the planes' first `count` pixels; lanes without a plane are zero.
inline void read_planes(const PlaneLanes<const Scalar>& planes, Index count, const VectorRows& rows) {
  for_each_square(count, [&](Index p, Index pixels) {
    const Scalar* const from = planes.data + p;
    Vector square[kLanes] = {};
    if (pixels == kLanes) {
      for_each_lane(
          planes.count, [&](int n) __attribute__((always_inline)) {
            square[n] = load(from + n * planes.stride);
            __builtin_prefetch(from + n * planes.stride + kAhead);
          });
    } else {
      for (Index n = 0; n < planes.count; n++) square[n] = load_first(from + n * planes.stride, pixels);
    }
    transpose(square);
    rows.for_each(
        p, pixels, [&](Index q, Vector & to) __attribute__((always_inline)) { to = square[q]; });
  });
}

/// Writes `count` pixels to each plane, as finish(plane, pixel, number of pixels, vector of them) makes them.
template <class Finish>
void write_planes(const VectorRows& rows, const PlaneLanes<Scalar>& planes, Index count,
                  const Finish& finish) {
  for_each_square(count, [&](Index p, Index pixels) {
    Scalar* const to = planes.data + p;
    Vector square[kLanes] = {};
    rows.for_each(
        p, pixels, [&](Index q, const Vector& from) __attribute__((always_inline)) { square[q] = from; });
    transpose(square);
    if (pixels == kLanes) {
      for_each_lane(
          planes.count, [&](int n) __attribute__((always_inline)) {
            store(to + n * planes.stride, finish(n, p, pixels, square[n]));
            __builtin_prefetch(to + n * planes.stride + kAhead, 1);
          });
    } else {
      for (Index n = 0; n < planes.count; n++) {
        store_first(to + n * planes.stride, finish(n, p, pixels, square[n]), pixels);
      }
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
