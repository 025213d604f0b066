#include <reel/layers/upsample.h>

#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {

Upsample::Upsample(Size2 factor, Upsample2dOptions options, Location where)
    : factor_(factor), options_(options) {
  const Call call("Upsample", where);
  detail::check_size(call, "factor", factor, detail::kMaxStep);
  detail::check_options(call, options);
}

}  // namespace reel::inline REEL_PRECISION
