// The common part of the layers that normalise channels.
#pragma once

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Base of BatchNorm2d, GroupNorm and InstanceNorm2d: where affine, a weight and a bias for each channel.
class AffineLayer : public Layer {
 public:
  Parameter* const weight;  ///< [C], nullptr where not affine; starts at 1
  Parameter* const bias;    ///< [C], nullptr where not affine; starts at 0

 protected:
  AffineLayer(Index channels, bool affine)
      : weight(affine ? &add_parameter("weight", Tensor::ones({channels})) : nullptr),
        bias(affine ? &add_parameter("bias", Tensor::zeros({channels})) : nullptr) {}

  // The parameters as Vars on the tape of x; empty ones where there are none.
  struct Recorded {
    Var weight, bias;  // in this order with any compiler, which a call's arguments would not be
  };
  Recorded on_tape(Tape& tape) {
    return {weight ? tape.parameter(*weight) : Var(), bias ? tape.parameter(*bias) : Var()};
  }
};

}  // namespace reel::inline REEL_PRECISION
