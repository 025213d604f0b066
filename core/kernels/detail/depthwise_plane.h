// A plane on its way into a depthwise convolution, as a copy with zeros around it, and a plane of results on
// its way out. Internal to depthwise.cpp.
#pragma once

#include <algorithm>
#include <utility>

#include <reel/core/kernels/detail/convolution_plan.h>
#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

template <int... kLane>
Vector lane_numbers(std::integer_sequence<int, kLane...>) {
  return Vector{Scalar(kLane)...};
}

/// The first `count` lanes, then zeros.
inline Vector first_lanes(Vector v, Index count) {
  return lane_numbers(Lanes()) < static_cast<Scalar>(count) ? v : Vector{};
}

/// The first `count` scalars, then zeros; `readable` scalars may be read.
inline Vector load_part(const Scalar* from, Index count, Index readable) {
  if (count >= kLanes) return load(from);
  return readable < kLanes ? load_first(from, count) : first_lanes(load(from), count);
}

/// A plane of height x width, and where its copy has what: rows of kStride parts, each with margins.
template <int kKernel, int kStride>
struct PlaneCopy {
  Index height, width, margin, part, pitch, first, size;
  Index places[kKernel];  ///< where in a row the first column of results meets the taps

  /// Below `above` rows of zeros and behind `left` columns. `rows` rows are read, for `columns` columns.
  PlaneCopy(Index height_, Index width_, Index above, Index left, Index rows, Index columns)
      : height(height_), width(width_), margin(divide_up(kKernel - 1, kLanes) * kLanes) {
    part = 2 * margin +
           std::max(divide_up(divide_up(width, kStride), kLanes), divide_up(columns, kLanes)) * kLanes;
    pitch = kStride * part;
    first = above * pitch + margin;
    size = std::max(rows, above + height) * pitch;
    for (int v = 0; v < kKernel; v++) {
      const Index column = v - left + kStride * kKernel;  // not negative
      places[v] = margin + column / kStride - kKernel + column % kStride * part;
    }
  }

  /// The copy is full of zeros, or holds another plane. Pixels are read through `read`; the plane `ahead` scalars
  /// behind this one is asked for.
  template <class Read>
  void write(const Scalar* plane, Index ahead, const Read& read, Scalar* copy) const {
    const Index columns = width, pixels = height * width, step = pitch;
    Scalar* to = copy + first;
    for (Index done = 0; done < pixels; done += columns, to += step) {
      const Scalar* const row = plane + done;
      Index c = 0;
      for (; c + kStride * kLanes <= columns; c += kStride * kLanes) {
        for (int i = 0; i < kStride; i++) __builtin_prefetch(row + c + ahead + i * kLanes);
        write_vectors([&](Index i) { return read(load(row + c + i)); }, to + c / kStride);
      }
      if (c == columns) continue;
      const Index count = columns - c, readable = pixels - done - c;
      write_vectors(
          [&](Index i) {
            return first_lanes(read(load_part(row + c + i, count - i, readable - i)), count - i);
          },
          to + c / kStride);
    }
  }

 private:
  template <class Columns>
  void write_vectors(const Columns& columns, Scalar* to) const {
    if constexpr (kStride == 1) return store(to, columns(0));
    const Vector low = columns(0), high = columns(kLanes);
    store(to, evens(low, high));
    store(to + part, odds(low, high));
  }
};

/// Writes vectors of a plane of results.
template <Steps kSteps>
struct PlaneWriter {
  PlaneEpilogue epilogue;
  Scalar* plane;
  Index pixels;

  void write(Index at, Vector v) const {
    if (pixels - at < kLanes) return write_end(epilogue, plane, at, pixels - at, v);
    store(plane + at, epilogue.apply<kSteps>(v, [&] { return load(epilogue.addend + at); }));
  }

 private:
  // Not inlined, and with a copy: what the loops around need stays in registers.
  [[gnu::noinline]] static void write_end(PlaneEpilogue epilogue, Scalar* plane, Index at, Index count,
                                          Vector v) {
    for (Index i = 0; i < count; i++) plane[at + i] = epilogue.apply(v[i], at + i);
  }
};

}  // namespace reel::inline REEL_PRECISION::kernels
