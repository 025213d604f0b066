#include <reel/core/kernels/convolution.h>

#include <reel/core/kernels/im2col.h>
#include <reel/core/kernels/planes.h>

namespace reel::inline REEL_PRECISION::kernels {

std::size_t convolution_workspace(const Convolution& c, ConvolutionPass pass) {
  return planes_suit(c, pass) ? planes_workspace(c, pass) : im2col_workspace(c, pass);
}

void convolution_forward(const Convolution& c, const Scalar* x, const Scalar* weight, const Scalar* bias,
                         Scalar* y, void* workspace) {
  const bool planes = planes_suit(c, ConvolutionPass::kForward);
  (planes ? planes_forward : im2col_forward)(c, x, weight, bias, y, workspace);
}

void convolution_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight,
                                const Scalar* bias, Scalar* dx, void* workspace) {
  const bool planes = planes_suit(c, ConvolutionPass::kInputGradient);
  (planes ? planes_input_gradient : im2col_input_gradient)(c, dy, weight, bias, dx, workspace);
}

void convolution_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                                 void* workspace) {
  const bool planes = planes_suit(c, ConvolutionPass::kWeightGradient);
  (planes ? planes_weight_gradient : im2col_weight_gradient)(c, x, dy, dweight, workspace);
}

}  // namespace reel::inline REEL_PRECISION::kernels
