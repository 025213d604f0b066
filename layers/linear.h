// The fully connected layer.
#pragma once

#include <reel/layers/weight_layer.h>

namespace reel::inline REEL_PRECISION {

struct LinearOptions {
  bool bias = true;
};

/// y = x weight^T + bias: x [..,in] -> [..,out]; weight [out,in], bias [out].
class Linear : public WeightLayer {
 public:
  Linear(Located<Index> in, Index out, LinearOptions options = {});
  Var forward(Var x) override;
};

}  // namespace reel::inline REEL_PRECISION
