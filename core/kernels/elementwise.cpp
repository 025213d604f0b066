// Sums in place, masks, and the steps of an epilogue.
#include <reel/core/kernels/detail/elementwise.h>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kElementGrain = 16384;  // elements a piece: 64 KiB of floats, some ten microseconds

}  // namespace

void add_in_place(Scalar* y, const Scalar* x, Index n) {
  parallel_for(n, kElementGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) y[i] += x[i];
  });
}

void mask_in_place(Scalar* dy, const Scalar* y, Index n) {
  parallel_for(n, kElementGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) dy[i] = masked(dy[i], y[i]);
  });
}

void add_masked(Scalar* dy, const Scalar* dx, const Scalar* y, Index n) {
  parallel_for(n, kElementGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) dy[i] = masked(dy[i] + dx[i], y[i]);
  });
}

void finish(Scalar* y, const Scalar* x, const PlaneEpilogue& steps, Index n) {
  if (y == x && !steps.mapped && !steps.addend && !steps.relu) return;
  parallel_for(n, kElementGrain, [=](Index begin, Index end) {
#pragma omp simd
    for (Index i = begin; i < end; i++) y[i] = steps.without_bias(x[i], i);
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
