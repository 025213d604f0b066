// Pixels of an image that stand apart in a plane: the copies between the two. Internal to planes.cpp.
#pragma once

#include <algorithm>

#include <reel/core/kernels/epilogue.h>

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

// Copies the pixels of an image into the plane; what is outside of the image is left alone.
inline void gather(const PlaneWindow& window, const Scalar* image, Index h, Index w, Scalar* plane) {
  const auto rows = PlaneWindow::inside(window.y0, window.step_y, window.rows, h);
  const auto columns = PlaneWindow::inside(window.x0, window.step_x, window.columns, w);
  for (Index r = rows.begin; r < rows.end; r++) {
    const Index first = (window.y0 + r * window.step_y) * w + window.x0;
    Scalar* to = plane + r * window.pitch;
    if (window.step_x == 1) {
      for (Index q = columns.begin; q < columns.end; q++) to[q] = image[first + q];
    } else {
      for (Index q = columns.begin; q < columns.end; q++) to[q] = image[first + q * window.step_x];
    }
  }
}

// Calls write(pixel of the image, value) for the pixels of an image that the plane has.
template <class Write>
void for_each_pixel(const PlaneWindow& window, const Scalar* plane, Index h, Index w, Write&& write) {
  const auto rows = PlaneWindow::inside(window.y0, window.step_y, window.rows, h);
  const auto columns = PlaneWindow::inside(window.x0, window.step_x, window.columns, w);
  for (Index r = rows.begin; r < rows.end; r++) {
    const Scalar* from = plane + r * window.pitch;
    const Index first = (window.y0 + r * window.step_y) * w + window.x0;
    if (window.step_x == 1) {
      for (Index q = columns.begin; q < columns.end; q++) write(first + q, from[q]);
    } else {
      for (Index q = columns.begin; q < columns.end; q++) write(first + q * window.step_x, from[q]);
    }
  }
}

// Copies the plane to the pixels of an image, with what `epilogue` does to them. The usual cases have loops of
// their own: rows are short, and one for all would choose anew at each.
inline void scatter(const PlaneWindow& window, const Scalar* plane, PlaneEpilogue epilogue, Scalar* image,
                    Index h, Index w) {
  const Scalar bias = epilogue.bias;
  if (epilogue.addend) {
    for_each_pixel(window, plane, h, w, [=](Index i, Scalar v) { image[i] = epilogue.apply(v, i); });
  } else if (epilogue.relu) {
    for_each_pixel(window, plane, h, w, [=](Index i, Scalar v) { image[i] = relu(v + bias); });
  } else {
    for_each_pixel(window, plane, h, w, [=](Index i, Scalar v) { image[i] = v + bias; });
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
