#include <reel/layers/conv1d.h>

#include <array>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape conv1d_weight_shape(Located<Index> in, Index out, Index kernel, const Conv1dOptions& options) {
  const Call call("Conv1d", in.where);
  detail::check_layer(call, in, out, kernel, options);
  return call.make_shape(std::array{out, in / options.groups, kernel}, "its weight");
}

}  // namespace

Conv1d::Conv1d(Located<Index> in, Index out, Index kernel, Conv1dOptions options)
    : WeightLayer(conv1d_weight_shape(in, out, kernel, options), out, options.bias), options_(options) {}

Var Conv1d::forward(Var x) {
  const auto [w, b] = on_tape(x, "conv1d");
  return conv1d(x, w, b, options_);
}

}  // namespace reel::inline REEL_PRECISION
