// Sums, means and maxima along one dimension of [outer, n, inner]. The order is fixed by the shape.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[o, i] = sum over k of x[o, k, i], accumulated in double; 0 where n is 0.
void sum(Scalar* y, const Scalar* x, Index outer, Index n, Index inner);
/// y[o, i] = the mean of x[o, k, i]: finite also where the sum would not be. n >= 1.
void mean(Scalar* y, const Scalar* x, Index outer, Index n, Index inner);
/// y[o, i] = the largest of x[o, k, i]; NaN where any is. n >= 1.
void max(Scalar* y, const Scalar* x, Index outer, Index n, Index inner);

}  // namespace reel::inline REEL_PRECISION::kernels
