#include <reel/layers/linear.h>

#include <array>

#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape linear_weight_shape(Index in, Index out, Location where) {
  const Call call("Linear", where);
  call.count("in", in, 1);
  call.count("out", out, 1);
  return call.make_shape(std::array{out, in}, "its weight");
}

}  // namespace

Linear::Linear(Index in, Index out, LinearOptions options, Location where)
    : WeightLayer(linear_weight_shape(in, out, where), out, options.bias) {}

Var Linear::forward(Var x) {
  const auto [w, b] = on_tape(x);
  return linear(x, w, b);
}

}  // namespace reel::inline REEL_PRECISION
