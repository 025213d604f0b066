#include <reel/layers/conv1d.h>

#include <array>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape conv1d_weight_shape(Located<Index> in, Index out, Index kernel, const Conv1dOptions& options) {
  const Call call("Conv1d", in.where);
  call.count("in", in, 1);
  call.count("out", out, 1);
  detail::check_options(call, options, kernel);
  detail::check_groups(call, options.groups, in, "input");
  detail::check_groups(call, options.groups, out, "output");
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
