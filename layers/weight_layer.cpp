#include <reel/layers/weight_layer.h>

#include <reel/layers/init.h>

namespace reel::inline REEL_PRECISION {

WeightLayer::WeightLayer(const Shape& weight_shape, Index outputs, bool has_bias)
    : weight(add_parameter("weight", Tensor::uninitialized(weight_shape))),
      bias(has_bias ? &add_parameter("bias", Tensor::uninitialized({outputs})) : nullptr) {
  init::layer_default(weight.value, bias ? &bias->value : nullptr);
}

}  // namespace reel::inline REEL_PRECISION
