// Chooses among the five algorithms, which have the same four functions each.
#include <reel/core/kernels/detail/convolution.h>

#include <reel/core/kernels/detail/batch_lanes.h>
#include <reel/core/kernels/detail/im2col.h>
#include <reel/core/kernels/detail/planes.h>
#include <reel/core/kernels/detail/pointwise.h>
#include <reel/core/kernels/detail/winograd.h>

namespace reel::inline REEL_PRECISION::kernels {

namespace {

struct Algorithm {
  decltype(&convolution_workspace) workspace;
  decltype(&convolution_forward) forward;
  decltype(&convolution_input_gradient) input_gradient;
  decltype(&convolution_weight_gradient) weight_gradient;
};

constexpr Algorithm kPointwise{pointwise_workspace, pointwise_forward, pointwise_input_gradient,
                               pointwise_weight_gradient};
constexpr Algorithm kWinograd{winograd_workspace, winograd_forward, winograd_input_gradient,
                              winograd_weight_gradient};
constexpr Algorithm kBatchLanes{batch_lanes_workspace, batch_lanes_forward, batch_lanes_input_gradient,
                                batch_lanes_weight_gradient};
constexpr Algorithm kPlanes{planes_workspace, planes_forward, planes_input_gradient, planes_weight_gradient};
constexpr Algorithm kIm2col{im2col_workspace, im2col_forward, im2col_input_gradient, im2col_weight_gradient};

// Whether the planes' rows are whole vectors, so that few sums are in vain and rows are quick to copy; for
// depthwise convolutions the copies count for more.
bool rows_fill_vectors(const Convolution& c, ConvolutionPass pass) {
  const Index width = pass == ConvolutionPass::kInputGradient ? c.in_w : c.out_w;
  return c.group_in() > 1 && c.stride_h == 1 && c.stride_w == 1 && width % kLanes == 0;
}

const Algorithm& choose(const Convolution& c, ConvolutionPass pass) {
  if (pointwise_suits(c, pass)) return kPointwise;
  if (winograd_suits(c, pass)) return kWinograd;
  const bool planes = planes_suit(c, pass);
  if (planes && rows_fill_vectors(c, pass)) return kPlanes;
  if (batch_lanes_suit(c, pass)) return kBatchLanes;
  return planes ? kPlanes : kIm2col;
}

}  // namespace

std::size_t convolution_workspace(const Convolution& c, ConvolutionPass pass) {
  return choose(c, pass).workspace(c, pass);
}

void convolution_forward(const Convolution& c, const Scalar* x, const Scalar* weight,
                         const EpilogueView& epilogue, Scalar* y, void* workspace) {
  choose(c, ConvolutionPass::kForward).forward(c, x, weight, epilogue, y, workspace);
}

void convolution_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight,
                                const Scalar* bias, Scalar* dx, void* workspace) {
  choose(c, ConvolutionPass::kInputGradient).input_gradient(c, dy, weight, bias, dx, workspace);
}

void convolution_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                                 void* workspace) {
  choose(c, ConvolutionPass::kWeightGradient).weight_gradient(c, x, dy, dweight, workspace);
}

}  // namespace reel::inline REEL_PRECISION::kernels
