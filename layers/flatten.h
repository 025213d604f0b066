// Flatten and its inverse as layers.
#pragma once

#include <utility>
#include <vector>

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

/// One dimension as several, of which one may be -1 and is worked out from it: Unflatten{1, {16, 7, 7}} makes
/// [N,16,7,7] of [N,784].
class Unflatten : public Layer {
 public:
  /// No size, one below -1, or more than one -1 is an Error.
  Unflatten(Located<Index> dim, std::vector<Index> sizes);
  Var forward(Var x) override;

 private:
  Index dim_;
  std::vector<Index> sizes_;
};

}  // namespace reel::inline REEL_PRECISION
