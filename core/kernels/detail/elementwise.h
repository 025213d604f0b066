// Loops over elements. Pointers never overlap unless equal.
#pragma once

#include <reel/core/kernels/detail/epilogue.h>

namespace reel::inline REEL_PRECISION::kernels {

/// y[i] += x[i]
void add_in_place(Scalar* y, const Scalar* x, Index n);

/// The gradient dy of a relu's output y, 0 where y <= 0: what is there, or with dx[i] added before.
void mask_in_place(Scalar* dy, const Scalar* y, Index n);
void add_masked(Scalar* dy, const Scalar* dx, const Scalar* y, Index n);

/// y[i] = x[i] after all but the bias of `steps`; y may be x.
void finish(Scalar* y, const Scalar* x, const PlaneEpilogue& steps, Index n);

}  // namespace reel::inline REEL_PRECISION::kernels
