#include <reel/layers/upsample.h>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {

Upsample::Upsample(Size2 factor, Upsample2dParams params, Location where) : factor_(factor), params_(params) {
  const Call call("Upsample", where);
  detail::check_size(call, "factor", factor, detail::kMaxStep);
  detail::check_interpolation(call, params);
}

}  // namespace reel::inline REEL_PRECISION
