// Convolution with 3x3 kernels at stride 1 by Winograd's minimal filtering: a tile of 4x4 output pixels costs
// 36 multiplications for each pair of channels instead of 144. Lavin and Gray, arXiv:1509.09308.
//
// The input tile (6x6, overlapping its neighbours by 2) and the kernel are transformed to 36 points; at each
// point the sum over the channels is a matrix product [tiles, in] x [in, out]; the result is transformed to
// 4x4 pixels. The input gradient is the same with dy and the kernel turned around. The weight gradient is
// F(3x3, 4x4) with the same points: at each of them the matrix product [in, tiles] x [tiles, out].
//
// In float its error is about ten times that of the direct sum: some 1e-6 of the largest result. An infinity
// or a NaN spreads over the tiles that read it.
#pragma once

#include <reel/core/kernels/detail/convolution_shape.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Whether the shape can be computed this way and is faster so.
bool winograd_suits(const Convolution& shape, ConvolutionPass pass);
std::size_t winograd_workspace(const Convolution& shape, ConvolutionPass pass);

// As the functions of convolution.h.
void winograd_forward(const Convolution& shape, const Scalar* x, const Scalar* weight,
                      const EpilogueView& epilogue, Scalar* y, void* workspace);
void winograd_input_gradient(const Convolution& shape, const Scalar* dy, const Scalar* weight,
                             const Scalar* bias, Scalar* dx, void* workspace);
void winograd_weight_gradient(const Convolution& shape, const Scalar* x, const Scalar* dy, Scalar* dweight,
                              void* workspace);

}  // namespace reel::inline REEL_PRECISION::kernels
