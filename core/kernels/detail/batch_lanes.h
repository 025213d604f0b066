// Convolution with the images of a batch side by side in the lanes of vectors.
//
// Lane n of a vector holds a pixel of image n, so a register block of several output channels by several
// pixels does one broadcast multiply-add for each tap whatever the width of the image, the stride and the
// dilation, and at the border only the taps that hit the image. That suits small maps, short kernels and
// depthwise convolutions, where rows of pixels do not fill vectors; it wants a batch that fills the lanes.
// The planes of kLanes images are turned into vectors on the way in and back on the way out, in squares that
// stay in registers. The input gradient is the same sum with dy for x: a pixel of dx meets a tap only where
// the stride divides their distance. The weight gradient is for each tap the product of dy with the shifted
// image, summed lane by lane and over the lanes at the end.
#pragma once

#include <reel/core/kernels/detail/convolution_shape.h>

namespace reel::inline REEL_PRECISION::kernels {

/// False where too many lanes would be empty or the sums of the weight gradient would not fit a cache.
bool batch_lanes_suit(const Convolution& shape, ConvolutionPass pass);
std::size_t batch_lanes_workspace(const Convolution& shape, ConvolutionPass pass);

// As the functions of convolution.h.
void batch_lanes_forward(const Convolution& shape, const Scalar* x, const Scalar* weight,
                         const EpilogueView& epilogue, Scalar* y, void* workspace);
void batch_lanes_input_gradient(const Convolution& shape, const Scalar* dy, const Scalar* weight,
                                const Scalar* bias, Scalar* dx, void* workspace);
void batch_lanes_weight_gradient(const Convolution& shape, const Scalar* x, const Scalar* dy, Scalar* dweight,
                                 void* workspace);

}  // namespace reel::inline REEL_PRECISION::kernels
