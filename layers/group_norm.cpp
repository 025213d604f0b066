#include <reel/layers/group_norm.h>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {
namespace {

template <class Options>
Index checked(const OptionCheck& call, Index channels, const Options& options) {
  call.count("channels", channels, 1);
  detail::check_options(call, options);
  return channels;
}

Index checked_group_norm(Located<Index> groups, Index channels, const GroupNormOptions& options) {
  const Call call("GroupNorm", groups.where);
  detail::check_groups(call, groups, checked(call, channels, options), "input");
  return channels;
}

}  // namespace

GroupNorm::GroupNorm(Located<Index> groups, Index channels, GroupNormOptions options)
    : WeightLayer(checked_group_norm(groups, channels, options), options.affine),
      groups_(groups),
      options_(options) {}

Var GroupNorm::forward(Var x) {
  const auto [w, b] = on_tape(x, "group_norm");
  return group_norm(x, groups_, w, b, options_);
}

InstanceNorm2d::InstanceNorm2d(Located<Index> channels, InstanceNorm2dOptions options)
    : WeightLayer(checked(Call("InstanceNorm2d", channels.where), channels, options), options.affine),
      options_(options) {}

Var InstanceNorm2d::forward(Var x) {
  const auto [w, b] = on_tape(x, "instance_norm2d");
  return instance_norm2d(x, w, b, options_);
}

}  // namespace reel::inline REEL_PRECISION
