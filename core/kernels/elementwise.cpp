#include <reel/core/kernels/elementwise.h>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kGrain = 16384;  // elements a piece: 64 KiB of floats, some ten microseconds

}  // namespace

void add_in_place(Scalar* y, const Scalar* x, Index n) {
  parallel_for(n, kGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) y[i] += x[i];
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
