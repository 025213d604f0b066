#include <reel/layers/conv1x1.h>

#include <array>

#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape conv1x1_weight_shape(Located<Index> in, Index out) {
  const Call call("Conv1x1", in.where);
  call.count("in", in, 1);
  call.count("out", out, 1);
  return call.make_shape(std::array{out, in.value, Index{1}, Index{1}}, "its weight");
}

}  // namespace

Conv1x1::Conv1x1(Located<Index> in, Index out, Conv1x1Options options)
    : WeightLayer(conv1x1_weight_shape(in, out), out, options.bias) {}

Var Conv1x1::forward(Var x) {
  const auto [w, b] = on_tape(x, "conv1x1");
  return conv1x1(x, w, b);
}

}  // namespace reel::inline REEL_PRECISION
