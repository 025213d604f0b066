// Ops that move numbers and compute none. Internal to core/ops.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include <reel/core/ops/detail/call.h>

namespace reel::inline REEL_PRECISION::detail {

/// The positions along one dimension of the result that an input fills.
struct CopiedDim {
  Index from = -1;            ///< the dimension of the input along which they lie there; -1 where it has none
  Index count = 1;            ///< how many
  Index to = 0;               ///< the first, in the result, where they are neighbours
  Index begin = 0, step = 1;  ///< the first, and from one to the next, in the input
};
/// For each dimension of the result.
using CopiedDims = std::array<CopiedDim, Shape::kMaxDim>;
/// An input of that shape goes to the same places of the result.
CopiedDims copied_whole(const Shape& shape);

/// Records an op, called as the call is, that copies each input so: an input goes to the result whole, or the result
/// comes from it whole. What none fills is `elsewhere`. `options` says what the op was called with.
Var record_copy(const Call& call, std::span<const Var> inputs, const Shape& result,
                std::vector<CopiedDims> dims, std::function<std::vector<OpOption>()> options,
                Scalar elsewhere = 0);

}  // namespace reel::inline REEL_PRECISION::detail
