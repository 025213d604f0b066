// Flatten as a layer.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Joins the dimensions from `start_dim` to the last: [N,C,H,W] -> [N,C*H*W].
class Flatten : public Layer {
 public:
  explicit Flatten(Dim start_dim = 1) : start_dim_(start_dim) {}
  Var forward(Var x) override { return flatten(x, start_dim_); }

 private:
  Index start_dim_;
};

}  // namespace reel::inline REEL_PRECISION
