// What the formulas of several ops share: loops over a tensor, and what broadcasting repeats. Internal to
// core/ops.
#pragma once

#include <span>

#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION::detail {

/// A loop over each dimension of `shape`; a dimension of size 1 has none. The names are n,c,i,j for images,
/// else i,j,k,...
formula::Access loops_over(Formula& formula, const Shape& shape);

/// Where a tensor of shape `from` stands when its broadcast form stands at `to`: 0 where its size is 1. Its
/// last `without` dimensions are left out.
formula::Access broadcast_access(const Shape& from, std::span<const formula::Affine> to, Index without = 0);

}  // namespace reel::inline REEL_PRECISION::detail
