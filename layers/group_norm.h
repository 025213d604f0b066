// Group and instance normalisation.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

/// Normalises x [N,channels,..] in `groups` groups of channels, as group_norm(); the groups share the
/// channels evenly, or it is an Error. Weight and bias [channels] start at 1 and 0, where it is affine.
class GroupNorm : public WeightLayer {
 public:
  GroupNorm(Located<Index> groups, Index channels, GroupNormOptions options = {});
  Var forward(Var x) override;

 private:
  Index groups_;
  GroupNormOptions options_;
};

/// Normalises each channel of each image x [N,channels,H,W], as instance_norm2d(). Weight and bias as above.
class InstanceNorm2d : public WeightLayer {
 public:
  explicit InstanceNorm2d(Located<Index> channels, InstanceNorm2dOptions options = {});
  Var forward(Var x) override;

 private:
  InstanceNorm2dOptions options_;
};

}  // namespace reel::inline REEL_PRECISION
