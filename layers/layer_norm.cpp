#include <reel/layers/layer_norm.h>

#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

const Shape& checked_layer_norm(const Located<Shape>& shape, const LayerNormParams& params) {
  const Call call("LayerNorm", shape.where);
  call.check<Error>(shape.dim() >= 1 && shape.numel() >= 1,
                    "shape {} holds nothing to normalise; give the sizes of the trailing dimensions",
                    shape.text());
  detail::check_layer_norm(call, params.eps);
  return shape;
}

}  // namespace

LayerNorm::LayerNorm(const Located<Shape>& shape, LayerNormParams params)
    : weight(add_parameter("weight", Tensor::ones(checked_layer_norm(shape, params)))),
      bias(add_parameter("bias", Tensor::zeros(shape))),
      params_(params) {}

Var LayerNorm::forward(Var x) {
  Tape& tape = x.tape("layer_norm");
  const Var w = tape.parameter(weight), b = tape.parameter(bias);
  return layer_norm(x, w, b, params_);
}

}  // namespace reel::inline REEL_PRECISION
