// The 1x1 convolution: the same linear map of the channels at every pixel.
#pragma once

#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

struct Conv1x1Options {
  bool bias = true;
};

/// x [N,in,H,W] -> [N,out,H,W] as conv1x1(); weight [out,in,1,1], bias [out]. Lin, Chen and Yan,
/// arXiv:1312.4400.
class Conv1x1 : public WeightLayer {
 public:
  Conv1x1(Located<Index> in, Index out, Conv1x1Options options = {});
  Var forward(Var x) override;
};

}  // namespace reel::inline REEL_PRECISION
