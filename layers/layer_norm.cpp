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
    : weight(add_parameter("weight", Tensor::ones(checked_layer_norm(shape, options)))),
      bias(add_parameter("bias", Tensor::zeros(shape))),
      options_(options) {}

Var LayerNorm::forward(Var x) {
  Tape& tape = x.tape("layer_norm");
  const Var w = tape.parameter(weight), b = tape.parameter(bias);
  return layer_norm(x, w, b, options_);
}

}  // namespace reel::inline REEL_PRECISION
