// The terms of normalisation by mean and deviation. Internal to core.
#pragma once

#include <reel/core/explain.h>
#include <reel/core/op.h>

namespace reel::inline REEL_PRECISION::detail {

/// The element that is asked for.
void explain_normalization(Explain& explain, const Normalization& normalization);

}  // namespace reel::inline REEL_PRECISION::detail
