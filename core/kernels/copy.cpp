// Copies row by row along the innermost dimension.
#include <reel/core/kernels/detail/copy.h>

#include <algorithm>

namespace reel::inline REEL_PRECISION::kernels {

void copy(Scalar* to, const Scalar* from, const StridedLoop<2>& loop) {
  const Index to_stride = loop.inner()[0], from_stride = loop.inner()[1];
  loop.parallel_rows([=](Index, const auto& offsets, Index n) {
    Scalar* const y = to + offsets[0];
    const Scalar* const x = from + offsets[1];
    if (to_stride == 1 && from_stride == 1) {
      std::copy_n(x, n, y);
    } else if (to_stride == 1 && from_stride == 0) {
      std::fill_n(y, n, *x);
    } else {
      for (Index i = 0; i < n; i++) y[i * to_stride] = x[i * from_stride];
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
