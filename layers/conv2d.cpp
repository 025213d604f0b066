#include <reel/layers/conv2d.h>

#include <algorithm>

#include <reel/core/ops/call.h>

namespace reel::inline REEL_PRECISION {
namespace {

// What both convolutions ask of their arguments.
template <class Options>
void check_options(const Call& call, Index in, Index out, Size2 kernel, const Options& options) {
  call.check<Error>(in >= 1 && out >= 1,
                    "{} input and {} output channels were given, both must be at least 1", in, out);
  call.check<Error>(kernel.h >= 1 && kernel.w >= 1, "the kernel is {}x{}, both sides must be at least 1",
                    kernel.h, kernel.w);
  call.check<Error>(options.stride.h >= 1 && options.stride.w >= 1,
                    "the stride is {}x{}, both must be at least 1", options.stride.h, options.stride.w);
  call.check<Error>(options.dilation.h >= 1 && options.dilation.w >= 1,
                    "the dilation is {}x{}, both must be at least 1", options.dilation.h, options.dilation.w);
  const Padding2& p = options.padding;
  call.check<Error>(std::min({p.top, p.bottom, p.left, p.right}) >= 0,
                    "the padding is {}, {}, {}, {} (top, bottom, left, right), none may be negative", p.top,
                    p.bottom, p.left, p.right);
  call.check<Error>(options.groups >= 1 && in % options.groups == 0 && out % options.groups == 0,
                    "{} groups do not divide {} input and {} output channels", options.groups, in, out);
}

Shape conv2d_weight_shape(Index in, Index out, Size2 kernel, const Conv2dOptions& options, Location where) {
  check_options(Call("Conv2d", where), in, out, kernel, options);
  return {out, in / options.groups, kernel.h, kernel.w};
}

Shape transposed_weight_shape(Index in, Index out, Size2 kernel, const ConvTranspose2dOptions& options,
                              Location where) {
  const Call call("ConvTranspose2d", where);
  check_options(call, in, out, kernel, options);
  const Size2 extra = options.output_padding;
  const Index limit_h = std::max(options.stride.h, options.dilation.h);
  const Index limit_w = std::max(options.stride.w, options.dilation.w);
  call.check<Error>(extra.h >= 0 && extra.w >= 0 && extra.h < limit_h && extra.w < limit_w,
                    "the output padding is {}x{}, it must be at least 0 and below stride or dilation: {}x{}",
                    extra.h, extra.w, limit_h, limit_w);
  return {in, out / options.groups, kernel.h, kernel.w};
}

}  // namespace

Conv2d::Conv2d(Index in, Index out, Size2 kernel, Conv2dOptions options, Location where)
    : WeightLayer(conv2d_weight_shape(in, out, kernel, options, where), out, options.bias),
      params_{options.stride, options.padding, options.dilation, options.groups} {}

Var Conv2d::forward(Var x) {
  const auto [w, b] = on_tape(x);
  return conv2d(x, w, b, params_);
}

ConvTranspose2d::ConvTranspose2d(Index in, Index out, Size2 kernel, ConvTranspose2dOptions options,
                                 Location where)
    : WeightLayer(transposed_weight_shape(in, out, kernel, options, where), out, options.bias),
      params_{options.stride, options.padding, options.dilation, options.groups, options.output_padding} {}

Var ConvTranspose2d::forward(Var x) {
  const auto [w, b] = on_tape(x);
  return conv_transpose2d(x, w, b, params_);
}

}  // namespace reel::inline REEL_PRECISION
