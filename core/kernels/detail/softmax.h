// Softmax and its logarithm along one dimension of [outer, n, inner].
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[o, k, i] = exp(x[o, k, i] - m) / s with the line's maximum m and sum s of those exponentials.
void softmax(Scalar* y, const Scalar* x, Index outer, Index n, Index inner);
/// dx = y (dy - sum of dy y along the line)
void softmax_gradient(Scalar* dx, const Scalar* dy, const Scalar* y, Index outer, Index n, Index inner);
/// y = x - m - log s
void log_softmax(Scalar* y, const Scalar* x, Index outer, Index n, Index inner);
/// dx = dy - exp(y) (sum of dy along the line)
void log_softmax_gradient(Scalar* dx, const Scalar* dy, const Scalar* y, Index outer, Index n, Index inner);

}  // namespace reel::inline REEL_PRECISION::kernels
