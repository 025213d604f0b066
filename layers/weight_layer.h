// The common part of the layers that multiply by a weight and add a bias.
#pragma once

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Base of Linear and the convolutions: a weight, and a bias [outputs] or none, with PyTorch's initial
/// values.
class WeightLayer : public Layer {
 public:
  Parameter& weight;
  Parameter* const bias;  ///< nullptr for a layer without bias

 protected:
  WeightLayer(const Shape& weight_shape, Index outputs, bool has_bias);

  // The parameters as Vars on the tape of x; an empty Var for no bias.
  struct Recorded {
    Var weight, bias;  // in this order with any compiler, which a call's arguments would not be
  };
  Recorded on_tape(Var x) { return {x.tape().parameter(weight), bias ? x.tape().parameter(*bias) : Var()}; }
};

}  // namespace reel::inline REEL_PRECISION
