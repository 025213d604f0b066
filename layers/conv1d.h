// The one-dimensional convolution.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

/// x [N,in,L] -> [N,out,L'] as conv1d(); weight [out,in/groups,K], bias [out]. The groups share `in` and
/// `out` evenly, or it is an Error.
class Conv1d : public WeightLayer {
 public:
  Conv1d(Located<Index> in, Index out, Index kernel, Conv1dOptions options = {});
  Var forward(Var x) override;

 private:
  Conv1dOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
