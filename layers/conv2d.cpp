#include <reel/layers/conv2d.h>

#include <array>

#include <reel/core/ops/detail/convolution.h>

namespace reel::inline REEL_PRECISION {
namespace {

Shape conv2d_weight_shape(Located<Index> in, Index out, Size2 kernel, const Conv2dOptions& options) {
  const Call call("Conv2d", in.where);
  detail::check_layer(call, in, out, kernel, options);
  return call.make_shape(std::array{out, in / options.groups, kernel.h, kernel.w}, "its weight");
}

Shape conv_transpose2d_weight_shape(Located<Index> in, Index out, Size2 kernel,
                                    const ConvTranspose2dOptions& options) {
  const Call call("ConvTranspose2d", in.where);
  detail::check_layer(call, in, out, kernel, options);
  return call.make_shape(std::array{in.value, out / options.groups, kernel.h, kernel.w}, "its weight");
}

}  // namespace

Conv2d::Conv2d(Located<Index> in, Index out, Size2 kernel, Conv2dOptions options)
    : WeightLayer(conv2d_weight_shape(in, out, kernel, options), out, options.bias), options_(options) {}

Var Conv2d::forward(Var x) {
  const auto [w, b] = on_tape(x, "conv2d");
  return conv2d(x, w, b, options_);
}

ConvTranspose2d::ConvTranspose2d(Located<Index> in, Index out, Size2 kernel, ConvTranspose2dOptions options)
    : WeightLayer(conv_transpose2d_weight_shape(in, out, kernel, options), out, options.bias),
      options_(options) {}

Var ConvTranspose2d::forward(Var x) {
  const auto [w, b] = on_tape(x, "conv_transpose2d");
  return conv_transpose2d(x, w, b, options_);
}

}  // namespace reel::inline REEL_PRECISION
