// Squares of kLanes x kLanes numbers, turned in registers: between planes of pixels, as images are stored,
// and vectors that hold one pixel of kLanes planes each: of kLanes channels, or of kLanes images.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

inline constexpr int kUnit = 16 / sizeof(Scalar);  // shuffles in and of 16 bytes need no vector of indices

// A round of transpose() for two vectors whose numbers in the square differ by kStep. In units of 16 bytes a
// and b become a[0], b[0], a[1], b[1], ...: its halves; whole units 0, 2, ... and 1, 3, ... of both.
template <int kStep, int... kLane>
[[gnu::always_inline]] inline void exchange(Vector& a, Vector& b, std::integer_sequence<int, kLane...>) {
  constexpr bool kInUnits = kStep < kUnit;
  const Vector first =
      __builtin_shufflevector(a, b,
                              (kInUnits ? kLane / kUnit * kUnit + kLane % kUnit / 2 + kLane % 2 * kLanes
                                        : 2 * kLane - kLane % kUnit)...);
  b = __builtin_shufflevector(
      a, b,
      (kInUnits ? kLane / kUnit * kUnit + (kLane % kUnit + kUnit) / 2 + kLane % 2 * kLanes
                : 2 * kLane - kLane % kUnit + kUnit)...);
  a = first;
}

template <int kStep = kUnit / 2>
[[gnu::always_inline]] inline void transpose(Vector (&square)[kLanes]) {
  unrolled<kLanes>([&](int i) __attribute__((always_inline)) {
    if (!(i & kStep)) exchange<kStep>(square[i], square[i + kStep], Lanes());
  });
  constexpr int kNext = kStep >= kUnit ? 2 * kStep : kStep > 1 ? kStep / 2 : kUnit;
  if constexpr (kNext < kLanes) transpose<kNext>(square);
}

/// `count` <= kLanes planes, each `stride` scalars behind the one before, from the pixel on that data points at.
template <class T>
struct PlaneLanes {
  T* data;
  Index count, stride;
};

/// How far ahead memory is asked for: so many planes at once are more than the processor foresees.
inline constexpr Index kAhead = 4 * kLanes;

/// Calls f(i) for i in 0..count; where kWhole, count is kLanes and the vectors of a square stay in registers.
template <bool kWhole, class F>
[[gnu::always_inline]] inline void for_each_lane(Index count, const F& f) {
  if constexpr (kWhole) {
    unrolled<kLanes>(f);
  } else {
    for (int i = 0; i < count; i++) f(i);
  }
}

/// Calls f(first, scalars, whether it is whole) for pieces of kLanes of `count` scalars; the last piece reaches
/// back into the one before where the count is no multiple. A square of fewer `planes` is not whole.
template <class F>
void for_each_square(Index planes, Index count, const F& f) {
  if (count < kLanes) return f(Index{0}, count, std::false_type{});
  for (Index p = 0; p < count; p += kLanes) {
    const Index first = std::min(p, count - kLanes);
    if (planes == kLanes) {
      f(first, Index{kLanes}, std::true_type{});
    } else {
      f(first, Index{kLanes}, std::false_type{});
    }
  }
}

/// Where vectors of pixels stand: rows of `width` of them, `pitch` apart.
struct VectorRows {
  Vector* data;
  Index width, pitch;
  const Index* columns = nullptr;  ///< the place of each pixel in its row, where they are not in order

  /// Calls f(q, vector) for the pixels first + q, q in 0..count, counted through the rows.
  template <bool kWhole, class F>
  [[gnu::always_inline]] void for_each(Index first, Index count, const F& f) const {
    Index column = first % width;
    Vector* row = data + first / width * pitch;
    if (!columns && column + count <= width) {
      for_each_lane<kWhole>(
          count, [&](int q) __attribute__((always_inline)) { f(q, row[column + q]); });
      return;
    }
    for_each_lane<kWhole>(
        count, [&](int q) __attribute__((always_inline)) {
          f(q, row[columns ? columns[column] : column]);
          if (++column == width) column = 0, row += pitch;
        });
  }
};

/// Fills the rows with the planes' first `count` pixels, as read(plane, vector of pixels) makes them; lanes without a
/// plane are zero.
template <class Read>
void read_planes(const PlaneLanes<const Scalar>& planes, Index count, const VectorRows& rows,
                 const Read& read) {
  for_each_square(planes.count, count, [&](Index p, Index pixels, auto whole) {
    Vector square[kLanes] = {};
    for_each_lane<whole>(
        planes.count, [&](int n) __attribute__((always_inline)) {
          const Scalar* const from = planes.data + p + n * planes.stride;
          square[n] = read(n, load_first(from, pixels));
          __builtin_prefetch(from + kAhead);
        });
    transpose(square);
    rows.for_each<whole>(
        p, pixels, [&](int q, Vector& to) __attribute__((always_inline)) { to = square[q]; });
  });
}

/// Writes `count` pixels to each plane, as finish(plane, pixel, number of pixels, vector of them) makes them.
template <class Finish>
void write_planes(const VectorRows& rows, const PlaneLanes<Scalar>& planes, Index count,
                  const Finish& finish) {
  for_each_square(planes.count, count, [&](Index p, Index pixels, auto whole) {
    Vector square[kLanes] = {};
    rows.for_each<whole>(
        p, pixels, [&](int q, const Vector& from) __attribute__((always_inline)) { square[q] = from; });
    transpose(square);
    for_each_lane<whole>(
        planes.count, [&](int n) __attribute__((always_inline)) {
          Scalar* const to = planes.data + p + n * planes.stride;
          store_first(to, finish(n, p, pixels, square[n]), pixels);
          __builtin_prefetch(to + kAhead, 1);
        });
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
