// The sizes of a two-dimensional cross-correlation of images [N,C,H,W].
#pragma once

#include <cstddef>

#include <reel/core/kernels/detail/epilogue.h>
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
  int workers = 1;  ///< threads that the workspace has room for

  Index group_in() const { return in_channels / groups; }
  Index group_out() const { return out_channels / groups; }
  Index in_pixels() const { return in_h * in_w; }
  Index out_pixels() const { return out_h * out_w; }
  Index taps() const { return kernel_h * kernel_w; }
  Index work() const {
    return out_channels * out_pixels() * group_in() * taps();
  }  ///< multiply-adds an image
  Index weight_size() const { return out_channels * group_in() * taps(); }
};

enum class ConvolutionPass { kForward, kInputGradient, kWeightGradient };

}  // namespace reel::inline REEL_PRECISION::kernels
