// Between the planes of up to kLanes images and vectors that hold one pixel of each. Internal to
// batch_lanes.cpp.
#pragma once

#include <algorithm>

#include <reel/core/kernels/detail/epilogue.h>
#include <reel/core/kernels/detail/transpose.h>

namespace reel::inline REEL_PRECISION::kernels {

/// The same pixels of `count` <= kLanes images, each `stride` scalars behind that of the image before.
template <class T>
struct ImageLanes {
  T* data;
  Index count, stride;
};

/// How far ahead memory is asked for: so many images at once are more than the processor foresees.
inline constexpr Index kAhead = 4 * kLanes;

/// Rows of `width` vectors, `pitch` apart.
struct VectorRows {
  Vector* data;
  Index width, pitch;
};

/// Calls f(first, scalars) for pieces of kLanes of `count` scalars; the last piece reaches back into the one
/// before where the count is no multiple.
template <class F>
void for_each_square(Index count, F&& f) {
  if (count < kLanes) return f(Index{0}, count);
  for (Index p = 0; p < count; p += kLanes) f(std::min(p, count - kLanes), Index{kLanes});
}

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

/// Fills the rows with `count` pixels, one after another; lanes without an image are zero.
inline void read_lanes(const ImageLanes<const Scalar>& images, Index count, const VectorRows& rows) {
  for_each_square(count, [&](Index p, Index pixels) {
    const Scalar* const from = images.data + p;
    Vector square[kLanes] = {};
    if (pixels == kLanes) {
      for_each_lane(images.count, [&](int n) {
        square[n] = load(from + n * images.stride);
        __builtin_prefetch(from + n * images.stride + kAhead);
      });
    } else {
      for (Index n = 0; n < images.count; n++) square[n] = load_first(from + n * images.stride, pixels);
    }
    transpose(square);
    Index column = p % rows.width;
    Vector* to = rows.data + p / rows.width * rows.pitch + column;
    if (column + kLanes <= rows.width) {
      for_each_lane(pixels, [&](int q) { to[q] = square[q]; });
      return;
    }
    for (Index q = 0; q < pixels; q++) {
      *to++ = square[q];
      if (++column == rows.width) column = 0, to += rows.pitch - rows.width;
    }
  });
}

/// Writes `count` pixels to each image, as finish(image, pixel, number of pixels, vector of them) makes them.
template <class Finish>
void write_lanes(const Vector* from, Index count, const ImageLanes<Scalar>& images, const Finish& finish) {
  for_each_square(count, [&](Index p, Index pixels) {
    Scalar* const to = images.data + p;
    Vector square[kLanes] = {};
    for_each_lane(pixels, [&](int q) { square[q] = from[p + q]; });
    transpose(square);
    if (pixels == kLanes) {
      for_each_lane(images.count, [&](int n) {
        store(to + n * images.stride, finish(n, p, pixels, square[n]));
        __builtin_prefetch(to + n * images.stride + kAhead, 1);
      });
    } else {
      for (Index n = 0; n < images.count; n++) {
        store_first(to + n * images.stride, finish(n, p, pixels, square[n]), pixels);
      }
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
