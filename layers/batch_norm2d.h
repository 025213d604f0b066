// Batch normalisation.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

/// Normalises each channel of x [N,C,H,W] or [N,C], as batch_norm2d(): with the statistics of the batch while
/// training, with the running ones in eval(). Weight and bias [C] start at 1 and 0, where it is affine.
class BatchNorm2d : public WeightLayer {
 public:
  explicit BatchNorm2d(Located<Index> channels, BatchNorm2dOptions options = {});
  Var forward(Var x) override;

  Tensor& running_mean;
  Tensor& running_var;
  std::int64_t& num_batches_tracked;

 private:
  BatchNorm2dOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
