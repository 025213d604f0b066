// Dropout.
#pragma once

#include <reel/core/random.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[i] = 0 where stream.uniform(i) < p, else x[i] / (1 - p).
void dropout(const Scalar* x, Index n, const RandomStream& stream, double p, Scalar* y);

}  // namespace reel::inline REEL_PRECISION::kernels
