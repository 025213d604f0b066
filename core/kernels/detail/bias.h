// A bias repeated over a result, and its gradient: the sum over what it was repeated to (for the rows of a
// matrix that is the sum of reductions.h).
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[i][j] = bias[j], y [rows,n].
void fill_rows(const Scalar* bias, Index rows, Index n, Scalar* y);
/// sum[c] = the sum of y[n][c][p] over the batch and the pixels.
void sum_planes(const Scalar* y, Index batch, Index channels, Index pixels, Scalar* sum);

}  // namespace reel::inline REEL_PRECISION::kernels
