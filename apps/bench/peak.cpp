#include "peak.h"

#include <cstring>

#include <reel/core/kernels/detail/simd.h>
#include <reel/core/parallel.h>
#include <reel/core/tensor.h>

#include "timing.h"

namespace reel::apps {
namespace {

constexpr double kPeakWindow = 0.05;  // seconds

// Runs f once on each thread.
template <class F>
double seconds_on_all_threads(F&& f) {
  return best_seconds(
      [&] {
        parallel_for(num_threads(), 1, [&](Index begin, Index end) {
          for (Index thread = begin; thread < end; thread++) f(thread);
        });
      },
      kPeakWindow);
}

// Each sum starts from another number, or they would be one to the compiler. They stay near `term` / (1 -
// factor), far from infinity and from the slow numbers around 0.
Scalar multiply_add(Index rounds, Scalar factor, Scalar term) {
  kernels::Vector sums[kernels::kAccumulators];
  for (int i = 0; i < kernels::kAccumulators; i++) sums[i] = kernels::Vector{} + static_cast<Scalar>(i);
  for (Index r = 0; r < rounds; r++) {
#pragma GCC unroll 24
    for (kernels::Vector& sum : sums) sum = sum * factor + term;
  }
  Scalar total = 0;
  for (const kernels::Vector& sum : sums) total += kernels::sum_lanes(sum);
  return total;
}

}  // namespace

double peak_gflops_per_thread() {
  constexpr Index kRounds = 1 << 20;
  volatile Scalar factor = Scalar(0.5), term = 1;  // unknown to the compiler
  const double seconds = seconds_on_all_threads([&](Index) {
    volatile Scalar result = multiply_add(kRounds, factor, term);  // wanted, as far as the compiler knows
    (void)result;
  });
  return 2.0 * kRounds * kernels::kAccumulators * kernels::kLanes / seconds * 1e-9;
}

double copy_gb_per_second() {
  constexpr Index kBytes = Index{64} << 20, kCount = kBytes / static_cast<Index>(sizeof(Scalar));
  const Tensor from = Tensor::full({num_threads(), kCount}, 1);
  Tensor to = Tensor::zeros(from.shape());
  const Scalar* const source = from.data();
  Scalar* const target = to.mutable_data();
  const double seconds = seconds_on_all_threads([=](Index thread) {
    std::memcpy(target + thread * kCount, source + thread * kCount, static_cast<std::size_t>(kBytes));
  });
  return 2.0 * static_cast<double>(kBytes) * num_threads() / seconds * 1e-9;
}

}  // namespace reel::apps
