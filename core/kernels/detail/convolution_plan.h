// What the algorithms of convolution are made of: the table that they stand in, their scratch memory, and how
// a batch is shared out. Internal to the kernels of convolution and their test.
#pragma once

#include <algorithm>
#include <span>

#include <reel/core/kernels/detail/convolution.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Makes a plan of a pass, or nullptr where the shape does not suit the algorithm.
using MakePlan = std::unique_ptr<const ConvolutionPlan>(const Convolution& shape, ConvolutionPass pass,
                                                        int workers);
MakePlan plan_pointwise, plan_winograd, plan_depthwise, plan_direct_by_pixels, plan_direct_by_images;

struct ConvolutionAlgorithm {
  const char* name;
  MakePlan* plan;
};
/// In the order in which they are asked.
std::span<const ConvolutionAlgorithm> convolution_algorithms();

/// `count` arrays of the scratch memory, each aligned to 64 bytes: for each worker or task one.
template <class T>
struct Piece {
  std::size_t begin = 0, step = 0;

  T* at(std::byte* scratch, Index number = 0) const {
    return reinterpret_cast<T*>(scratch + begin + static_cast<std::size_t>(number) * step);
  }
};

/// A plan that carves its scratch memory into pieces.
class PiecewisePlan : public ConvolutionPlan {
 public:
  std::size_t scratch_bytes() const final { return bytes_; }

 protected:
  template <class T>
  Piece<T> take(Index size, Index count = 1) {
    const std::size_t step = (static_cast<std::size_t>(size) * sizeof(T) + 63) / 64 * 64;
    const Piece<T> piece{bytes_, step};
    bytes_ += step * static_cast<std::size_t>(count);
    return piece;
  }

 private:
  std::size_t bytes_ = 0;
};

inline Index divide_up(Index n, Index by) { return (n + by - 1) / by; }

/// A batch in tasks of nearly as many images. It depends on the shape alone, so the bits do not depend on the
/// number of threads.
struct BatchTasks {
  Index batch, images, count;  ///< all images, those of one task, tasks

  BatchTasks(Index batch_size, Index at_most)
      : batch(batch_size), images(divide_up(batch_size, at_most)), count(divide_up(batch_size, images)) {}

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

/// Each costs a partial sum.
inline constexpr Index kWeightTasks = 8;

/// The tasks of a weight gradient: each is worth some ten microseconds.
inline BatchTasks weight_tasks(const Convolution& c) {
  constexpr Index kLeastWork = Index{1} << 20;
  return {c.batch, std::clamp<Index>(c.batch * c.work() / kLeastWork, 1, kWeightTasks)};
}

/// sum[i] = partials[0][i] + partials[1][i] + ..., in this order.
inline void sum_partials(const Piece<Scalar>& partials, std::byte* scratch, Index count, Index size,
                         Scalar* sum) {
  constexpr Index kGrain = 16384;
  parallel_for(size, kGrain, [=](Index begin, Index end) {
    const Scalar* const first = partials.at(scratch);
    std::copy(first + begin, first + end, sum + begin);
    for (Index p = 1; p < count; p++) {
      const Scalar* const partial = partials.at(scratch, p);
      for (Index i = begin; i < end; i++) sum[i] += partial[i];
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
