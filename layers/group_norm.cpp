#include <reel/layers/group_norm.h>

#include <reel/core/ops/detail/convolution.h>

namespace reel::inline REEL_PRECISION {
namespace {

Index checked_group_norm(Located<Index> groups, Index channels, const GroupNormOptions& options) {
  const Call call("GroupNorm", groups.where);
  call.count("channels", channels, 1);
  call.non_negative("eps", options.eps);
  detail::check_groups(call, groups, channels, "input");
  return channels;
}

}  // namespace

GroupNorm::GroupNorm(Located<Index> groups, Index channels, GroupNormOptions options)
    : AffineLayer(checked_group_norm(groups, channels, options), options.affine),
      groups_(groups),
      options_(options) {}

Var GroupNorm::forward(Var x) {
  const auto [w, b] = on_tape(x.tape("group_norm"));
  return group_norm(x, groups_, w, b, options_);
}

}  // namespace reel::inline REEL_PRECISION
