// Batch normalisation.
#pragma once

#include <reel/layers/affine_layer.h>

namespace reel::inline REEL_PRECISION {

struct BatchNorm2dOptions {
  double eps = 1e-5;
  double momentum = 0.1;  ///< running = (1 - momentum) running + momentum batch
  bool affine = true;     ///< scale by a weight [C] and shift by a bias [C]
};

/// Normalises each channel of x [N,C,H,W] or [N,C], as batch_norm2d(): with the statistics of the batch while
/// training, with the running ones in eval().
class BatchNorm2d : public AffineLayer {
 public:
  explicit BatchNorm2d(Located<Index> channels, BatchNorm2dOptions options = {});
  Var forward(Var x) override;

  Tensor& running_mean;
  Tensor& running_var;
  std::int64_t& num_batches_tracked;

 private:
  double eps_, momentum_;
};

}  // namespace reel::inline REEL_PRECISION
