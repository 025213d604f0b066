// Ops that move numbers and compute none. Internal to core/ops.
#pragma once

#include <span>
#include <vector>

#include <reel/core/ops/detail/call.h>

namespace reel::inline REEL_PRECISION::detail {

/// Records an op, called as the call is, that does what its formula says: a summand for each input, of that input
/// alone and without a scale, at an index along each dimension. The input goes to the result whole, or the result
/// comes from it whole.
Var record_copy(const Call& call, std::span<const Var> inputs, const Shape& result, Formula formula,
                std::vector<OpOption> options);

}  // namespace reel::inline REEL_PRECISION::detail
