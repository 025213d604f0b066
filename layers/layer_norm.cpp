#include <reel/layers/layer_norm.h>

#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

const Shape& checked_layer_norm(const Located<Shape>& shape, const LayerNormOptions& options) {
  const Call call("LayerNorm", shape.where);
  call.check<Error>(shape.dim() >= 1 && shape.numel() >= 1,
                    "shape {} holds nothing to normalise; give the sizes of the trailing dimensions",
                    shape.text());
  detail::check_options(call, options);
  return shape;
}

}  // namespace

LayerNorm::LayerNorm(const Located<Shape>& shape, LayerNormOptions options)
    : WeightLayer(Tensor::ones(checked_layer_norm(shape, options)), Tensor::zeros(shape)),
      options_(options) {}

Var LayerNorm::forward(Var x) {
  const auto [w, b] = on_tape(x, "layer_norm");
  return layer_norm(x, w, b, options_);
}

}  // namespace reel::inline REEL_PRECISION
