// The two-dimensional convolution and its transpose.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

struct Conv2dOptions {
  Size2 stride = 1;
  Padding2 padding = 0;  ///< zeros around the image
  Size2 dilation = 1;
  Index groups = 1;  ///< divides both channel counts
  bool bias = true;
};

/// x [N,in,H,W] -> [N,out,H',W'] as conv2d(); weight [out,in/groups,Kh,Kw], bias [out].
class Conv2d : public WeightLayer {
 public:
  Conv2d(Located<Index> in, Index out, Size2 kernel, Conv2dOptions options = {});
  Var forward(Var x) override;

 private:
  Conv2dParams params_;
};

struct ConvTranspose2dOptions {
  Size2 stride = 1;
  Padding2 padding = 0;  ///< rows and columns cut from the result
  Size2 dilation = 1;
  Index groups = 1;          ///< divides both channel counts
  Size2 output_padding = 0;  ///< rows and columns added at the bottom and right
  bool bias = true;
};

/// x [N,in,H,W] -> [N,out,H',W'] as conv_transpose2d(); weight [in,out/groups,Kh,Kw], bias [out].
class ConvTranspose2d : public WeightLayer {
 public:
  ConvTranspose2d(Located<Index> in, Index out, Size2 kernel, ConvTranspose2dOptions options = {});
  Var forward(Var x) override;

 private:
  ConvTranspose2dParams params_;
};

}  // namespace reel::inline REEL_PRECISION
