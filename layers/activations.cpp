#include <reel/layers/activations.h>

#include <reel/core/ops/detail/options.h>

namespace reel::inline REEL_PRECISION {

LeakyReLU::LeakyReLU(Scalar negative_slope, Location where) : negative_slope_(negative_slope) {
  detail::check_leaky_relu(OptionCheck("LeakyReLU", where), negative_slope);
}

}  // namespace reel::inline REEL_PRECISION
