// Functions of two numbers, and a choice between two, over operands of different shapes.
#pragma once

#include <reel/core/kernels/detail/strided.h>

namespace reel::inline REEL_PRECISION::kernels {

enum class Binary { kAdd, kSub, kMul, kDiv, kEqual };  // kEqual: 1 where equal, else 0

/// y = f(a, b) for each position of the loop, whose operands are a and b; y is contiguous and may be a or b
/// where that one is contiguous too.
void binary(Binary f, Scalar* y, const Scalar* a, const Scalar* b, const StridedLoop<2>& loop);

/// y = a where the condition is not 0, else b, for each position of the loop, whose operands are the condition, a
/// and b; y is contiguous.
void choose(Scalar* y, const Scalar* condition, const Scalar* a, const Scalar* b, const StridedLoop<3>& loop);

}  // namespace reel::inline REEL_PRECISION::kernels
