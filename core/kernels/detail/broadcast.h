// Functions of two numbers, and a choice between two, over operands of different shapes.
#pragma once

#include <reel/core/kernels/detail/strided.h>

namespace reel::inline REEL_PRECISION::kernels {

enum class Binary {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kEqual,    ///< 1 where equal, else 0
  kMaximum,  ///< b where equal; a NaN is larger than all, and
  kMinimum,  ///< smaller than all
  kShare,    ///< of a in the larger: 0 where it is the smaller, half where equal, 1 beside a NaN
  kPassed    ///< a b, but 0 where b is: an infinite or NaN a is held back
};

/// y = f(a, b) for each position of the loop, whose operands are a and b; y is contiguous and may be a or b
/// where that one is contiguous too.
void binary(Binary f, Scalar* y, const Scalar* a, const Scalar* b, const StridedLoop<2>& loop);

/// y = a where the condition is not 0, else b, for each position of the loop, whose operands are the
/// condition, a and b; y is contiguous.
void where(Scalar* y, const Scalar* condition, const Scalar* a, const Scalar* b, const StridedLoop<3>& loop);

}  // namespace reel::inline REEL_PRECISION::kernels
