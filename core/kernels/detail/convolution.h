// Two-dimensional cross-correlation of images [N,C,H,W]: its sizes, and a plan for each of its three passes.
#pragma once

#include <compare>
#include <cstddef>
#include <memory>

#include <reel/core/kernels/detail/prologue.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[n,o,i,j] = sum over c, u, v of weight[o,c,u,v] x[n, c', i stride_h + u dilation_h - top,
/// j stride_w + v dilation_w - left], where c counts the channels of o's group, c' is that channel's place in
/// x, and x is 0 outside of the image. The padding at the bottom and right is what the output's size leaves.
struct Convolution {
  Index batch, groups;
  Index in_channels, in_h, in_w;
  Index out_channels, out_h, out_w;
  Index kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  Index top, left;

  auto operator<=>(const Convolution&) const = default;
  Index group_in() const { return in_channels / groups; }
  Index group_out() const { return out_channels / groups; }
  Index in_pixels() const { return in_h * in_w; }
  Index out_pixels() const { return out_h * out_w; }
  Index taps() const { return kernel_h * kernel_w; }
  Index weight_size() const { return out_channels * group_in() * taps(); }
  /// Multiply-adds an image.
  Index work() const { return out_pixels() * weight_size(); }
};

enum class ConvolutionPass { kForward, kInputGradient, kWeightGradient };

/// How one pass over images of one shape is computed: all that follows from the sizes alone. The pass reads
/// two factors and writes a result:
///
///   pass             left                    right                  result
///   kForward         x [N,in,in_h,in_w]      weight                 y [N,out,out_h,out_w], as `epilogue` says
///   kInputGradient   dy [N,out,out_h,out_w]  weight                 dx, plus the epilogue's bias [in] if any
///   kWeightGradient  x                       dy                     dweight [out,in/groups,kernel_h,kernel_w]
///
/// x may be read through a map of its channels; dy is read as it stands.
/// A plan is not changed by a run: several threads may run it, each with scratch memory of its own.
class ConvolutionPlan {
 public:
  virtual ~ConvolutionPlan() = default;
  ConvolutionPlan(const ConvolutionPlan&) = delete;
  ConvolutionPlan& operator=(const ConvolutionPlan&) = delete;

  /// `scratch` is as large as scratch_bytes() says, and aligned to 64; what it holds is unspecified.
  virtual void run(const ImagesView& left, const Scalar* right, const EpilogueView& epilogue, Scalar* result,
                   std::byte* scratch) const = 0;
  virtual std::size_t scratch_bytes() const = 0;

 protected:
  ConvolutionPlan() = default;
};

/// By the first algorithm that suits, on `workers` threads at most. The batch is not empty.
std::unique_ptr<const ConvolutionPlan> plan_convolution(const Convolution& shape, ConvolutionPass pass,
                                                        int workers);

}  // namespace reel::inline REEL_PRECISION::kernels
