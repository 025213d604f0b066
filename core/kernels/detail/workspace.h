// Scratch memory of the convolutions, and how the images of a batch are shared out to tasks that each have
// some.
#pragma once

#include <algorithm>
#include <cstddef>

#include <reel/core/parallel.h>
#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Hands out pieces of a block one after another, each aligned to 64 bytes. Without a block it only counts,
/// so the code that carves a workspace up also says how large it must be.
class Workspace {
 public:
  explicit Workspace(void* block = nullptr) : block_(static_cast<std::byte*>(block)) {}

  template <class T>
  T* take(Index count) {
    T* const piece = block_ ? reinterpret_cast<T*>(block_ + bytes_) : nullptr;
    bytes_ += (static_cast<std::size_t>(count) * sizeof(T) + 63) / 64 * 64;
    return piece;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* block_;
  std::size_t bytes_ = 0;
};

/// The split depends on the batch alone, so the bits do not depend on the number of threads.
struct BatchTasks {
  Index batch, images, count;  ///< all images, those of one task, tasks

  BatchTasks(Index batch_size, Index at_most)
      : batch(batch_size),
        images((batch_size + at_most - 1) / at_most),
        count((batch_size + images - 1) / images) {}

  /// Calls f(first image, images) for the groups of at most `size` images of a task.
  template <class F>
  void for_each_group(Index task, Index size, F&& f) const {
    const Index end = std::min(batch, (task + 1) * images);
    for (Index n = task * images; n < end; n += size) f(n, std::min(size, end - n));
  }

  /// How many images of `scalars` each to work on at once: they should stay in the second-level cache.
  Index group(Index scalars) const {
    constexpr Index kBudget = Index{1} << 16;
    return std::clamp<Index>(kBudget / std::max<Index>(scalars, 1), 1, images);
  }
};

/// A forward or input-gradient task costs scratch memory; a weight-gradient task a partial sum as well.
inline constexpr Index kImageTasks = 16, kWeightTasks = 8;

/// The tasks of a weight gradient of `work` multiply-adds an image: each is worth some ten microseconds.
inline BatchTasks weight_tasks(Index batch, Index work) {
  constexpr Index kLeastWork = Index{1} << 20;
  return {batch, std::clamp<Index>(batch * work / kLeastWork, 1, kWeightTasks)};
}

/// sum[i] = partials[0][i] + partials[1][i] + ..., in this order.
inline void sum_partials(const Scalar* partials, Index count, Index size, Scalar* sum) {
  constexpr Index kGrain = 16384;
  parallel_for(size, kGrain, [=](Index begin, Index end) {
    std::copy(partials + begin, partials + end, sum + begin);
    for (Index p = 1; p < count; p++) {
      const Scalar* partial = partials + p * size;
      for (Index i = begin; i < end; i++) sum[i] += partial[i];
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
