#include "peak.h"

#include <atomic>
#include <cstring>

#include <reel/core/kernels/detail/machine.h>
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

}  // namespace

double peak_gflops_per_thread() {
  constexpr Index kRounds = 1 << 20;
  volatile Scalar factor = Scalar(0.5), term = 1;  // unknown to the compiler
  std::atomic<Index> count = 0;                    // of one thread: the same of each
  const double seconds = seconds_on_all_threads([&](Index) {
    Scalar result;
    count = kernels::multiply_adds(kRounds, factor, term, result);
  });
  return 2.0 * static_cast<double>(count) / seconds * 1e-9;
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
