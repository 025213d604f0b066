// Bands of image rows with a vector of kLanes channels for each pixel: how Winograd's tiles are read from
// planes and written to them. Internal to winograd.cpp.
#pragma once

#include <algorithm>

#include <reel/core/kernels/detail/transpose.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Up to kLanes planes of an image, one after another.
template <class T>
struct Planes {
  T* data;
  Index channels, h, w;
};

/// Copies `rows` rows from `first` on of the planes to band[row][left + column]; rows outside of the image
/// are zero, columns outside of it are left alone.
inline void read_rows(const Planes<const Scalar>& image, Index first, Index rows, Index left, Vector* band,
                      Index pitch) {
  const Index begin = std::clamp<Index>(-first, 0, rows),
              end = std::clamp<Index>(image.h - first, begin, rows);
  std::fill(band, band + begin * pitch, Vector{});
  std::fill(band + end * pitch, band + rows * pitch, Vector{});
  const Index plane = image.h * image.w, stop = (first + end) * image.w;
  Vector* to = band + begin * pitch + left;
  Index column = 0;
  for (Index p = (first + begin) * image.w; p < stop; p += kLanes) {
    const Index pixels = std::min<Index>(kLanes, stop - p);
    Vector square[kLanes] = {};
    for (Index c = 0; c < image.channels; c++) square[c] = load_first(image.data + c * plane + p, pixels);
    transpose(square);
    for (Index q = 0; q < pixels; q++) {
      to[column] = square[q];
      if (++column == image.w) column = 0, to += pitch;
    }
  }
}

/// Copies band[row][column] to `rows` rows of the planes from `first` on, each value as `finish` makes it:
/// finish(channel, first pixel, number of pixels, vector of them).
template <class Finish>
void write_rows(const Vector* band, Index pitch, Index first, Index rows, const Planes<Scalar>& image,
                Finish&& finish) {
  const Index plane = image.h * image.w, stop = (first + rows) * image.w;
  Index column = 0;
  for (Index p = first * image.w; p < stop; p += kLanes) {
    const Index pixels = std::min<Index>(kLanes, stop - p);
    Vector square[kLanes] = {};
    for (Index q = 0; q < pixels; q++) {
      square[q] = band[column];
      if (++column == image.w) column = 0, band += pitch;
    }
    transpose(square);
    for (Index c = 0; c < image.channels; c++) {
      store_first(image.data + c * plane + p, finish(c, p, pixels, square[c]), pixels);
    }
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
