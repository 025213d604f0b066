// The numbers of a data set's samples, in a random order and checked. Internal to datasets.
#pragma once

#include <string_view>
#include <vector>

#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION::detail {

/// 0, 1, ... count - 1. An Error that begins with `label` where they do not fit into memory.
std::vector<Index> sample_order(std::string_view label, Index count);
/// Every order equally likely: Fisher-Yates.
void shuffle(std::vector<Index>& order, const RandomStream& random);

/// An Error unless 0 <= i < count.
void check_sample_index(std::string_view label, Index i, Index count);

}  // namespace reel::inline REEL_PRECISION::detail
