// The table of the algorithms, and the choice: the first that suits.
#include <reel/core/kernels/detail/convolution_plan.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Where planes are long and terms few the copies count most, and by pixels they are quick. How few was measured.
std::unique_ptr<const ConvolutionPlan> plan_few_terms(const Convolution& c, ConvolutionPass pass,
                                                      int workers) {
  constexpr Index kFew = kLanes < 16 ? 160 : 32, kLong = 16 * kLanes;
  const bool suits = pass != ConvolutionPass::kInputGradient && c.group_in() * c.taps() < kFew &&
                     c.group_out() > 1 && c.out_pixels() >= kLong;
  return suits ? plan_direct_by_pixels(c, pass, workers) : nullptr;
}

constexpr ConvolutionAlgorithm kTable[] = {
    {"pointwise", plan_pointwise},              // a matrix product as the images stand
    {"winograd", plan_winograd},                // a quarter of the multiplications
    {"depthwise", plan_depthwise},              // each plane is read once
    {"direct, few terms", plan_few_terms},      // planes are written or read as they stand
    {"direct, images", plan_direct_by_images},  // no lane is empty, whatever the width of the image
    {"direct, pixels", plan_direct_by_pixels},  // any shape
};

}  // namespace

std::span<const ConvolutionAlgorithm> convolution_algorithms() { return kTable; }

std::unique_ptr<const ConvolutionPlan> plan_convolution(const Convolution& shape, ConvolutionPass pass,
                                                        int workers) {
  for (const ConvolutionAlgorithm& algorithm : kTable) {
    if (auto plan = algorithm.plan(shape, pass, workers)) return plan;
  }
  return nullptr;  // the last one has made one
}

}  // namespace reel::inline REEL_PRECISION::kernels
