// Options of ops: what is asked of those that layers have too, and how inspection shows them. Internal to
// core/ops and layers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <reel/core/op.h>
#include <reel/core/ops/detail/call.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION::detail {

/// What op and layer ask of a struct of options; of convolutions and poolings it is in convolution.h.
inline void check_options(const OptionCheck& call, const BatchNorm2dOptions& options) {
  call.within("momentum", options.momentum, 0, 1);
  call.non_negative("eps", options.eps);
}
inline void check_options(const OptionCheck& call, const LayerNormOptions& options) {
  call.non_negative("eps", options.eps);
}
inline void check_options(const OptionCheck& call, const GroupNormOptions& options) {
  call.non_negative("eps", options.eps);
}
inline void check_options(const OptionCheck& call, const InstanceNorm2dOptions& options) {
  call.non_negative("eps", options.eps);
}
inline void check_dropout(const OptionCheck& call, double p) { call.below("p", p, 0, 1); }
inline void check_options(const OptionCheck& call, const Upsample2dOptions& options) {
  call.require(options.mode == Interpolation::kBilinear || !options.align_corners,
               "align_corners is for Interpolation::kBilinear alone");
}
/// Stride, padding, dilation and kernel of conv1d.
void check_options(const Call& call, const Conv1dOptions& options, Index kernel);
inline void check_leaky_relu(const OptionCheck& call, double slope) { call.finite("negative_slope", slope); }
inline void check_softplus(const OptionCheck& call, double beta, double threshold) {
  call.positive("beta", beta);
  call.finite("threshold", threshold);
}
inline void check_elu(const OptionCheck& call, double alpha) { call.finite("alpha", alpha); }

/// An input that an op need not have, as a bias: undefined where there is none.
inline Tensor optional_input(std::span<const Tensor> inputs, std::size_t i) {
  return i < inputs.size() ? inputs[i] : Tensor();
}

/// bias [outputs], or none; `has_bias` is that of the options.
inline void check_bias(const Call& call, const Var& bias, Index outputs, bool has_bias = true) {
  if (!bias.defined()) return;
  call.check<Error>(has_bias, "a bias was given with .bias = false; leave one of them out");
  call.check(call.shape(bias) == Shape{outputs}, "bias is {}, [{}] is wanted: one number for each output",
             call.shape(bias), outputs);
}

template <class T>
OpOption shown(std::string name, std::span<const T> values) {
  OpOption option{std::move(name), {}};
  for (const T value : values) option.values.push_back(static_cast<double>(value));
  return option;
}
inline OpOption shown(std::string name, double value) { return {std::move(name), {value}}; }
inline OpOption shown(std::string name, Index value) {
  return {std::move(name), {static_cast<double>(value)}};
}
inline OpOption shown(std::string name, bool value) { return {std::move(name), {value ? 1.0 : 0.0}}; }
inline OpOption shown(std::string name, Size2 size) {
  const Index values[] = {size.h, size.w};
  return shown(std::move(name), std::span<const Index>(values));
}
inline OpOption shown(std::string name, Padding2 p) {
  const Index values[] = {p.top, p.bottom, p.left, p.right};
  return shown(std::move(name), std::span<const Index>(values));
}
inline OpOption shown(Reduction reduction) { return shown("reduction", static_cast<Index>(reduction)); }

}  // namespace reel::inline REEL_PRECISION::detail
