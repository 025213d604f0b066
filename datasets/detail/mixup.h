// How much of each of two images goes into a mixed one. Internal to datasets.
#pragma once

#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION {

/// A number of Beta(alpha, alpha), alpha > 0: in [0, 1], 1/2 in the mean; of a tiny alpha 0 or 1.
/// G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", 2000: x / (x + y) of two of
/// them.
double mixup_share(double alpha, const RandomStream& random);

}  // namespace reel::inline REEL_PRECISION
