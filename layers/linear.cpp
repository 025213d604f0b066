#include <reel/layers/linear.h>

#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape linear_weight_shape(Index in, Index out, Location where) {
  Call("Linear", where)
      .check<Error>(in >= 1 && out >= 1, "{} inputs and {} outputs were given, both must be at least 1", in,
                    out);
  return {out, in};
}

}  // namespace

Linear::Linear(Index in, Index out, LinearOptions options, Location where)
    : WeightLayer(linear_weight_shape(in, out, where), out, options.bias) {}

Var Linear::forward(Var x) {
  const auto [w, b] = on_tape(x);
  return linear(x, w, b);
}

}  // namespace reel::inline REEL_PRECISION
