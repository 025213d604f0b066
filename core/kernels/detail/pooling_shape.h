// The sizes of a max or average pooling.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Window (i, j) of a plane covers the cells (i stride_h + u dilation_h - top, j stride_w + v dilation_w -
/// left), u < kernel_h, v < kernel_w. Cells outside of the plane are padding.
struct Pooling {
  Index planes;  ///< images times channels
  Index in_h, in_w, out_h, out_w;
  Index kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  Index top, bottom, left, right;  ///< the padding; a window may reach beyond it (ceil mode)
};

}  // namespace reel::inline REEL_PRECISION::kernels
