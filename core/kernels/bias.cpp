// Repeats the bias of each channel or column, and sums planes for its gradient.
#include <reel/core/kernels/detail/bias.h>

#include <algorithm>

#include <reel/core/kernels/detail/fixed_order_sum.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kWork = 32768;  // scalars read or written in a piece, some ten microseconds

// The length of pieces whose elements cost `each`.
Index grain(Index each) { return kWork / std::max<Index>(each, 1) + 1; }

}  // namespace

void fill_rows(const Scalar* bias, Index rows, Index n, Scalar* y) {
  parallel_for(rows, grain(n), [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) std::copy_n(bias, n, y + i * n);
  });
}

void sum_planes(const Scalar* y, Index batch, Index channels, Index pixels, Scalar* sum) {
  parallel_for(channels, grain(batch * pixels), [=](Index begin, Index end) {
    for (Index c = begin; c < end; c++) {
      double total = 0;
      for (Index n = 0; n < batch; n++) {
        const Scalar* plane = y + (n * channels + c) * pixels;
        total += fixed_order_sum(pixels, [=](Index p) { return plane[p]; });
      }
      sum[c] = static_cast<Scalar>(total);
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
