// Convolution as a sum of shifted planes, for rows that fill vectors.
//
// An image channel is laid out once with its padding, in rows of `pitch`. Then output pixel (i, j), counted
// as p = i pitch + j, needs for tap (u, v) the input at p + u pitch + v: a whole image is one long vector,
// each tap the same vector shifted, and a register block of several output channels by several vectors of
// pixels does one broadcast multiply-add for each tap. The few p between the end of a row and the next are
// computed in vain. A stride s is dealt with by laying the image out as s x s planes, one for each remainder
// of the coordinates (its phases): within a phase the shift is whole again. The input gradient is the same
// sum with dy laid out and the kernel turned around, one sum for each phase of dx. The weight gradient is for
// each tap the scalar product of dy with the shifted plane.
#pragma once

#include <reel/core/kernels/detail/convolution_shape.h>
#include <reel/core/kernels/detail/workspace.h>

namespace reel::inline REEL_PRECISION::kernels {

/// False where most of the work would be in vain (few pixels in a row, long strides).
bool planes_suit(const Convolution& shape, ConvolutionPass pass);
std::size_t planes_workspace(const Convolution& shape, ConvolutionPass pass);

// As the functions of convolution.h.
void planes_forward(const Convolution& shape, const Scalar* x, const Scalar* weight,
                    const EpilogueView& epilogue, Scalar* y, void* workspace);
void planes_input_gradient(const Convolution& shape, const Scalar* dy, const Scalar* weight,
                           const Scalar* bias, Scalar* dx, void* workspace);
void planes_weight_gradient(const Convolution& shape, const Scalar* x, const Scalar* dy, Scalar* dweight,
                            void* workspace);

}  // namespace reel::inline REEL_PRECISION::kernels
