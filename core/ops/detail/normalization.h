// What the ops share that normalise channels, or groups of them. Internal to core/ops.
#pragma once

#include <string_view>

#include <reel/core/detail/scratch.h>
#include <reel/core/kernels/detail/normalization.h>
#include <reel/core/ops/detail/call.h>

namespace reel::inline REEL_PRECISION::detail {

/// What each channel is normalised with, [channels].
struct ChannelStatistics {
  Tensor mean, variance, inverse_deviation;

  explicit ChannelStatistics(Index channels)
      : mean(Tensor::uninitialized({channels})),
        variance(Tensor::uninitialized({channels})),
        inverse_deviation(Tensor::uninitialized({channels})) {}
  ChannelStatistics(const Tensor& x, const kernels::ChannelLayout& layout, double eps)
      : ChannelStatistics(layout.channels) {
    kernels::channel_statistics(
        x.data(), layout, eps,
        {mean.mutable_data(), variance.mutable_data(), inverse_deviation.mutable_data()},
        Scratch(kernels::channel_workspace(layout)).data());
  }
};

inline void check_per_channel(const Call& call, const Shape& shape, std::string_view what, const Shape& x) {
  call.check(shape == Shape{x[1]}, "{} is {}, input {} wants [{}]: one number a channel", what, shape, x,
             x[1]);
}

/// Of weight and bias [C], of which the bias or both may be missing; `affine` is that of the options.
inline void check_affine(const Call& call, const Shape& x, Var weight, Var bias, bool affine) {
  call.check<Error>(affine || !(weight.defined() || bias.defined()),
                    "a weight or bias was given with .affine = false; leave it out, or set .affine = true");
  call.check<Error>(weight.defined() || !bias.defined(),
                    "a bias was given without a weight; give a weight, too");
  if (weight.defined()) check_per_channel(call, call.shape(weight), "weight", x);
  if (bias.defined()) check_per_channel(call, call.shape(bias), "bias", x);
}

}  // namespace reel::inline REEL_PRECISION::detail
