// A double for each lane of a Vector, for sums in double.
#pragma once

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Goes by reference alone: where it is larger than a register, compilers do not agree on how it is passed. To and from
/// a Vector by `__builtin_convertvector`.
using WideVector __attribute__((vector_size(kLanes * sizeof(double)))) = double;

}  // namespace reel::inline REEL_PRECISION::kernels
