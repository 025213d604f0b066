// Pixels of an image that stand apart in a plane: the copies between the two. Internal to planes.cpp.
#pragma once

#include <algorithm>
#include <cstring>

#include <reel/core/kernels/detail/epilogue.h>

namespace reel::inline REEL_PRECISION::kernels {

// Where the pixels of an image stand in a plane or in a phase of it: pixel (y0 + r step_y, x0 + q step_x) at
// r pitch + q, for r < rows and q < columns, as far as the image reaches.
struct PlaneWindow {
  Index y0, x0, step_y, step_x, rows, columns, pitch;

  struct Span {
    Index begin, end;
  };
  // The r in 0..count with 0 <= first + r step < size.
  static Span inside(Index first, Index step, Index count, Index size) {
    const Index begin = first < 0 ? (-first + step - 1) / step : 0;
    const Index end = first < size ? (size - 1 - first) / step + 1 : 0;
    return {std::min(begin, count), std::clamp(end, std::min(begin, count), count)};
  }
};

// Copies pieces of kPiece scalars, the last of which reaches back; smaller ones where a row is shorter.
template <Index kPiece = kLanes>
void copy_row(const Scalar* from, Index count, Scalar* to) {
  if (count >= kPiece) {
    for (Index i = 0; i < count; i += kPiece) {
      const Index first = std::min(i, count - kPiece);
      std::memcpy(to + first, from + first, kPiece * sizeof(Scalar));
    }
  } else if constexpr (kPiece > 1) {
    copy_row<kPiece / 2>(from, count, to);
  }
}

// Copies the pixels of an image into the plane; what is outside of the image is left alone.
inline void gather(const PlaneWindow& window, const Scalar* image, Index h, Index w, Scalar* plane) {
  const auto rows = PlaneWindow::inside(window.y0, window.step_y, window.rows, h);
  const auto columns = PlaneWindow::inside(window.x0, window.step_x, window.columns, w);
  for (Index r = rows.begin; r < rows.end; r++) {
    const Index first = (window.y0 + r * window.step_y) * w + window.x0;
    Scalar* to = plane + r * window.pitch;
    if (window.step_x == 1) {
      copy_row(image + first + columns.begin, columns.end - columns.begin, to + columns.begin);
    } else {
      for (Index q = columns.begin; q < columns.end; q++) to[q] = image[first + q * window.step_x];
    }
  }
}

// Applies the epilogue, which has no addend, to `count` scalars in place.
inline void finish(const PlaneEpilogue& epilogue, Index count, Scalar* plane) {
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) store(plane + i, epilogue.apply(load(plane + i), Vector{}));
  for (; i < count; i++) plane[i] = epilogue.apply(plane[i], i);
}

// Copies the plane to the pixels of an image, with what `epilogue` does to them. The plane is changed: rows
// are short, so that is done to all of it at once where it can.
inline void scatter(const PlaneWindow& window, Scalar* plane, const PlaneEpilogue& epilogue, Scalar* image,
                    Index h, Index w) {
  const auto rows = PlaneWindow::inside(window.y0, window.step_y, window.rows, h);
  const auto columns = PlaneWindow::inside(window.x0, window.step_x, window.columns, w);
  if (!epilogue.addend) finish(epilogue, (window.rows - 1) * window.pitch + window.columns, plane);
  for (Index r = rows.begin; r < rows.end; r++) {
    const Scalar* from = plane + r * window.pitch;
    const Index first = (window.y0 + r * window.step_y) * w + window.x0;
    if (epilogue.addend) {
      for (Index q = columns.begin; q < columns.end; q++) {
        const Index pixel = first + q * window.step_x;
        image[pixel] = epilogue.apply(from[q], pixel);
      }
    } else if (window.step_x == 1) {
      copy_row(from + columns.begin, columns.end - columns.begin, image + first + columns.begin);
    } else {
      for (Index q = columns.begin; q < columns.end; q++) image[first + q * window.step_x] = from[q];
    }
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
