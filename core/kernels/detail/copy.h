// Copies between layouts.
#pragma once

#include <reel/core/kernels/detail/strided.h>

namespace reel::inline REEL_PRECISION::kernels {

/// to = from for each position of the loop, whose operands are `to` (no stride 0) and `from`. No overlap.
void copy(Scalar* to, const Scalar* from, const StridedLoop<2>& loop);

}  // namespace reel::inline REEL_PRECISION::kernels
