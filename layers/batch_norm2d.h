// Batch normalisation.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Normalises each channel of x [N,C,H,W] or [N,C], as batch_norm2d(): with the statistics of the batch while
/// training, with the running ones in eval().
class BatchNorm2d : public Layer {
 public:
  explicit BatchNorm2d(Located<Index> channels, BatchNorm2dOptions options = {});
  Var forward(Var x) override;

  Parameter* const weight;  ///< nullptr where not affine; starts at 1
  Parameter* const bias;    ///< nullptr where not affine; starts at 0
  Tensor& running_mean;
  Tensor& running_var;
  std::int64_t& num_batches_tracked;

 private:
  BatchNorm2dOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
