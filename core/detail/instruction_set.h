// Which instruction set the kernels use where they are compiled for several: core/cmake/dispatch.cmake.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::detail {

/// 0, 1, 2: x86-64-v2, v3, v4, as named in REEL_INSTRUCTION_SET or else the best that this processor has.
int choose_instruction_set();

}  // namespace reel::inline REEL_PRECISION::detail
