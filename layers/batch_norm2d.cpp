#include <reel/layers/batch_norm2d.h>

#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

Index checked(Located<Index> channels, const BatchNorm2dOptions& options) {
  const Call call("BatchNorm2d", channels.where);
  call.count("channels", channels, 1);
  detail::check_options(call, options);
  return channels;
}

}  // namespace

BatchNorm2d::BatchNorm2d(Located<Index> channels, BatchNorm2dOptions options)
    : WeightLayer(checked(channels, options), options.affine),
      running_mean(add_buffer("running_mean", Tensor::zeros({channels}))),
      running_var(add_buffer("running_var", Tensor::ones({channels}))),
      num_batches_tracked(add_counter("num_batches_tracked")),
      options_(options) {}

Var BatchNorm2d::forward(Var x) {
  if (is_training()) OptionCheck("BatchNorm2d", {}).counts_on("num_batches_tracked", num_batches_tracked);
  const auto [w, b] = on_tape(x, "batch_norm2d");
  const Var y = batch_norm2d(
      x, w, b, {.running_mean = running_mean, .running_var = running_var, .training = is_training()},
      options_);
  if (is_training()) num_batches_tracked++;
  return y;
}

}  // namespace reel::inline REEL_PRECISION
