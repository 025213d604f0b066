// Convolution by im2col and a matrix product, for the shapes that no other algorithm suits.
//
// The inputs of each output pixel are copied to a column: [taps of a group, pixels of some images]. Then the
// output is weight x columns, the input gradient is weight^T x dy added back to where the columns came from,
// and the weight gradient is dy x columns^T.
// Chellapilla, Puri and Simard, "High performance convolutional neural networks for document processing",
// 2006.
#pragma once

#include <reel/core/kernels/detail/convolution_shape.h>

namespace reel::inline REEL_PRECISION::kernels {

std::size_t im2col_workspace(const Convolution& shape, ConvolutionPass pass);

// As the functions of convolution.h.
void im2col_forward(const Convolution& shape, const Scalar* x, const Scalar* weight,
                    const EpilogueView& epilogue, Scalar* y, void* workspace);
void im2col_input_gradient(const Convolution& shape, const Scalar* dy, const Scalar* weight,
                           const Scalar* bias, Scalar* dx, void* workspace);
void im2col_weight_gradient(const Convolution& shape, const Scalar* x, const Scalar* dy, Scalar* dweight,
                            void* workspace);

}  // namespace reel::inline REEL_PRECISION::kernels
