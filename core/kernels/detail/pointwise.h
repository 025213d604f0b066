// Convolution with 1x1 kernels: for each image the matrix product of weight [out,in] and pixels [in,h w],
// which needs no copy of either. At a stride the pixels it hits are copied out first.
#pragma once

#include <reel/core/kernels/detail/convolution_shape.h>

namespace reel::inline REEL_PRECISION::kernels {

bool pointwise_suits(const Convolution& shape, ConvolutionPass pass);
std::size_t pointwise_workspace(const Convolution& shape, ConvolutionPass pass);

// As the functions of convolution.h.
void pointwise_forward(const Convolution& shape, const Scalar* x, const Scalar* weight,
                       const EpilogueView& epilogue, Scalar* y, void* workspace);
void pointwise_input_gradient(const Convolution& shape, const Scalar* dy, const Scalar* weight,
                              const Scalar* bias, Scalar* dx, void* workspace);
void pointwise_weight_gradient(const Convolution& shape, const Scalar* x, const Scalar* dy, Scalar* dweight,
                               void* workspace);

}  // namespace reel::inline REEL_PRECISION::kernels
