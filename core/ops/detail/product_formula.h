// The formula of matmul and linear. Internal to core/ops.
#pragma once

#include <span>

#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION::detail {

/// y[..,i,j] = sum over k of a[..,i,k] b[..,k,j], plus a bias [j] where there is a third input. A vector a
/// has no i, a vector b no j; b may be `transposed`, [j,k]; and what stands before the last two dimensions is
/// broadcast.
Formula product_formula(std::span<const Shape> inputs, const Shape& output, bool transposed);

}  // namespace reel::inline REEL_PRECISION::detail
