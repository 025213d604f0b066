// Upsampling as a layer.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Larger by a whole factor, as upsample2d(): [N,C,H,W] -> [N,C,H factor.h,W factor.w].
class Upsample : public Layer {
 public:
  explicit Upsample(Size2 factor, Upsample2dOptions options = {}, Location where = {});
  Var forward(Var x) override { return upsample2d(x, factor_, options_); }

 private:
  Size2 factor_;
  Upsample2dOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
