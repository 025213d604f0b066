#include <reel/layers/conv1x1.h>

#include <reel/core/ops/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape conv1x1_weight_shape(Index in, Index out, Location where) {
  Call("Conv1x1", where)
      .check<Error>(in >= 1 && out >= 1,
                    "{} input and {} output channels were given, both must be at least 1", in, out);
  return {out, in, 1, 1};
}

}  // namespace

Conv1x1::Conv1x1(Index in, Index out, Conv1x1Options options, Location where)
    : WeightLayer(conv1x1_weight_shape(in, out, where), out, options.bias) {}

Var Conv1x1::forward(Var x) {
  const auto [w, b] = on_tape(x);
  return conv1x1(x, w, b);
}

}  // namespace reel::inline REEL_PRECISION
