#include <reel/layers/weight_layer.h>

#include <utility>

#include <reel/layers/init.h>

namespace reel::inline REEL_PRECISION {

WeightLayer::WeightLayer(Tensor weight_value, Tensor bias_value)
    : weight(add_parameter("weight", std::move(weight_value))),
      bias(add_parameter("bias", std::move(bias_value))) {}

WeightLayer::WeightLayer(Index channels, bool affine)
    : WeightLayer(affine ? Tensor::ones({channels}) : Tensor(),
                  affine ? Tensor::zeros({channels}) : Tensor()) {}

WeightLayer::WeightLayer(const Shape& weight_shape, Index outputs, bool has_bias)
    : WeightLayer(Tensor::uninitialized(weight_shape),
                  has_bias ? Tensor::uninitialized({outputs}) : Tensor()) {
  init::layer_default(weight.value, bias.value);
}

WeightLayer::Recorded WeightLayer::on_tape(const Var& x, std::string_view op) {
  Tape& tape = x.tape(op);
  return {tape.parameter(weight), tape.parameter(bias)};
}

}  // namespace reel::inline REEL_PRECISION
