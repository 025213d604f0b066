#include <reel/layers/linear.h>

#include <array>

#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape linear_weight_shape(Located<Index> in, Index out) {
  const Call call("Linear", in.where);
  call.count("in", in, 1);
  call.count("out", out, 1);
  return call.make_shape(std::array{out, in.value}, "its weight");
}

}  // namespace

Linear::Linear(Located<Index> in, Index out, LinearOptions options)
    : WeightLayer(linear_weight_shape(in, out), out, options.bias) {}

Var Linear::forward(Var x) {
  const auto [w, b] = on_tape(x, "linear");
  return linear(x, w, b);
}

}  // namespace reel::inline REEL_PRECISION
