// The largest or the mean of windows of images; pixels repeated to blocks; and weighted means of pixels.
#pragma once

#include <reel/core/kernels/detail/pooling_shape.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y = the largest of each window; a NaN is largest; -infinity where a window is all padding.
void max_pool_forward(const Pooling& shape, const Scalar* x, Scalar* y);
/// places[o] = the position of y[o] in its plane of x, -1 where a window is all padding.
void max_pool_places(const Pooling& shape, const Scalar* x, Index* places);
/// dx from dy: the first of the largest takes it (of NaNs the last, as in PyTorch), found again in x.
/// Where `masked`, x is the result of a relu, which passes on no gradient where it is <= 0: neither does dx.
void max_pool_backward(const Pooling& shape, const Scalar* x, const Scalar* dy, bool masked, Scalar* dx);

/// y = the mean of each window, dilation 1. Divides by the window's cells within the padded plane, or, where
/// not `count_padding`, within the plane.
void avg_pool_forward(const Pooling& shape, bool count_padding, const Scalar* x, Scalar* y);
void avg_pool_backward(const Pooling& shape, bool count_padding, const Scalar* dy, Scalar* dx);

/// y[i] = the mean of x[i][..], and its gradient.
void plane_means(const Scalar* x, Index planes, Index pixels, Scalar* y);
void plane_means_backward(const Scalar* dy, Index planes, Index pixels, Scalar* dx);

/// Rows of `width` pixels, each repeated to a block; and the sum of each block.
struct Blocks {
  Index rows, width;
  Index block_h, block_w;
};
void repeat_pixels(const Blocks& shape, const Scalar* pixels, Scalar* blocks);
void sum_blocks(const Blocks& shape, const Scalar* blocks, Scalar* pixels);

/// Along one dimension, pixel i of the result is the sum of weights[i most + u] times pixel first[i] + u of
/// the plane, u < count[i] <= most.
struct Taps {
  const Index *first, *count;
  const Scalar* weights;
  Index most;
};
/// The same along rows and columns.
struct Resampling {
  Index planes;
  Index in_h, in_w, out_h, out_w;
  Taps rows, columns;
};
void resample_forward(const Resampling& shape, const Scalar* x, Scalar* y);
void resample_backward(const Resampling& shape, const Scalar* dy, Scalar* dx);

}  // namespace reel::inline REEL_PRECISION::kernels
