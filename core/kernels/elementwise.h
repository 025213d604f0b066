// Loops over elements. Pointers never overlap unless equal.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[i] += x[i]
void add_in_place(Scalar* y, const Scalar* x, Index n);

}  // namespace reel::inline REEL_PRECISION::kernels
