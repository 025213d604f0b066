// Functions of two numbers over operands of different shapes.
#pragma once

#include <reel/core/kernels/detail/strided.h>

namespace reel::inline REEL_PRECISION::kernels {

enum class Binary { kAdd, kSub, kMul, kDiv, kEqual };  // kEqual: 1 where equal, else 0

/// y = f(a, b) for each position of the loop, whose operands are a and b; y is contiguous and may be a or b
/// where that one is contiguous too.
void binary(Binary f, Scalar* y, const Scalar* a, const Scalar* b, const StridedLoop<2>& loop);

}  // namespace reel::inline REEL_PRECISION::kernels
