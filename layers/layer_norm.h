// Layer normalisation.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

/// Normalises each sample over its trailing dimensions, whose sizes are `shape`, as layer_norm(); weight and
/// bias have that shape and start at 1 and 0.
class LayerNorm : public WeightLayer {
 public:
  explicit LayerNorm(const Located<Shape>& shape, LayerNormOptions options = {});
  Var forward(Var x) override;

 private:
  LayerNormOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
