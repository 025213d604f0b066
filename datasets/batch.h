// What a Loader gives: several samples at once.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// N samples. `auto [images, labels] = batch`, or const auto&, takes it apart.
struct Batch {
  Tensor images;                    ///< the first input: [N,C,H,W] of images, [N,...] of anything else
  std::vector<int> labels;          ///< N classes; empty where the samples have none
  std::vector<Tensor> inputs = {};  ///< all of them, [N,...] each; the first is `images`
  Tensor targets = {};              ///< [N,...]; undefined where the samples have none
  Tensor probabilities = {};        ///< [N, classes] where the loader mixes images, else undefined
  /// Where a Loader gives out some shards of a batch only: how many samples the whole batch has, and how many of them
  /// stand before the first of these. 0 and 0 of a batch that is whole.
  Index whole = 0, before = 0;

  /// N
  Index size() const { return images.size(0); }
  /// A copy of the samples [begin, end).
  Batch rows(Index begin, Index end) const;
};

/// The samples of a batch that are in one of its shards: [begin, end), some of them empty in a batch of fewer samples
/// than there are shards, but never the first.
struct ShardRows {
  Index begin, end;
};
/// Of `samples` samples in `shards` shards, 1 or more, that of number `shard`: as even as they can be.
constexpr ShardRows shard_rows(Index samples, Index shards, Index shard) {
  const auto begin_of = [=](Index k) { return (samples * k + shards - 1) / shards; };
  return {begin_of(shard), begin_of(shard + 1)};
}

template <std::size_t I, class AnyBatch>
requires std::is_same_v<std::remove_cvref_t<AnyBatch>, Batch>
auto&& get(AnyBatch&& batch) {
  if constexpr (I == 0)
    return std::forward<AnyBatch>(batch).images;
  else
    return std::forward<AnyBatch>(batch).labels;
}

}  // namespace reel::inline REEL_PRECISION

template <>
struct std::tuple_size<reel::Batch> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, reel::Batch> {
  using type = std::remove_cvref_t<decltype(reel::get<I>(std::declval<reel::Batch&>()))>;
};
