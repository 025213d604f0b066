// Two-dimensional cross-correlation of images: the product, its two gradients, and the choice of the
// algorithm by shape.
#pragma once

#include <reel/core/kernels/detail/convolution_shape.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Bytes of workspace, aligned to 64, that the function of a pass wants; what they hold is unspecified.
std::size_t convolution_workspace(const Convolution& shape, ConvolutionPass pass);

/// y [N,out,out_h,out_w], what `epilogue` makes of the products.
void convolution_forward(const Convolution& shape, const Scalar* x, const Scalar* weight,
                         const EpilogueView& epilogue, Scalar* y, void* workspace);
/// dx [N,in,in_h,in_w] from dy, plus bias [in] for each channel unless nullptr (a transposed convolution has
/// one).
void convolution_input_gradient(const Convolution& shape, const Scalar* dy, const Scalar* weight,
                                const Scalar* bias, Scalar* dx, void* workspace);
/// dweight [out,in/groups,kernel_h,kernel_w] from x and dy.
void convolution_weight_gradient(const Convolution& shape, const Scalar* x, const Scalar* dy, Scalar* dweight,
                                 void* workspace);

}  // namespace reel::inline REEL_PRECISION::kernels
