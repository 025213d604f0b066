// What the kernels were compiled for, and what such a machine can do at most: for `bench` and the tests.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// "x86-64-v4": the largest of the instruction sets that compilers know by such a name; "" where there is none.
const char* instruction_set();

/// Scalars in a vector register.
int lanes();

/// Multiplies and adds one after another in vector registers, as many at a time as keep the processor busy.
/// Returns how many there were; `result` depends on all of them.
Index multiply_adds(Index rounds, Scalar factor, Scalar term, Scalar& result);

}  // namespace reel::inline REEL_PRECISION::kernels
