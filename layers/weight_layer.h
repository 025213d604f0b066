// The common part of the layers that multiply by a weight and add a bias.
#pragma once

#include <string_view>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Base of Linear, the convolutions and the norms. A weight or bias that the layer does not have, as by
/// {.bias = false}, is an absent Parameter: its defined() is false. Those of Linear and the convolutions
/// start as in PyTorch (init::layer_default), those of norms at 1 and 0.
class WeightLayer : public Layer {
 public:
  Parameter& weight;
  Parameter& bias;

 protected:
  /// An undefined tensor is none.
  WeightLayer(Tensor weight_value, Tensor bias_value);
  /// Of a norm: weights of 1 and biases of 0 for each channel, where it is `affine`.
  WeightLayer(Index channels, bool affine);
  /// They start as init::layer_default() makes them; the bias is [outputs].
  WeightLayer(const Shape& weight_shape, Index outputs, bool has_bias);

  // The parameters as Vars on the tape of x; `op` is who asks, for the error where there is none.
  struct Recorded {
    Var weight, bias;  // in this order with any compiler, which a call's arguments would not be
  };
  Recorded on_tape(const Var& x, std::string_view op);
};

}  // namespace reel::inline REEL_PRECISION
