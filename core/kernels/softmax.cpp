// Line by line, from x - max(x).
#include <reel/core/kernels/detail/softmax.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <reel/core/kernels/detail/math.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Calls f(offset, stride) for the first element of each line; its elements are `stride` apart, which is a
// compile-time 1 where they lie side by side.
template <class F>
void for_each_line(Index outer, Index n, Index inner, F f) {
  const Index grain = std::max<Index>(1, 4096 / std::max<Index>(1, n));
  parallel_for(outer * inner, grain, [=](Index begin, Index end) {
    for (Index line = begin; line < end; line++) {
      if (inner == 1) {
        f(line * n, std::integral_constant<Index, 1>());
      } else {
        f(line / inner * n * inner + line % inner, inner);
      }
    }
  });
}

Scalar line_max(const Scalar* x, Index n, Index stride) {
  Scalar largest = x[0];
  for (Index k = 1; k < n; k++) largest = std::max(largest, x[k * stride]);
  return largest;
}

// y = exp(x - largest) along a line; their sum.
template <class Stride>
double exponentials(Scalar* y, const Scalar* x, Scalar largest, Index n, Stride stride) {
  for (Index k = 0; k < n; k++) y[k * stride] = fast_exp(x[k * stride] - largest);
  double total = 0;
  for (Index k = 0; k < n; k++) total += y[k * stride];
  return total;
}

}  // namespace

void softmax(Scalar* y_all, const Scalar* x_all, Index outer, Index n, Index inner) {
  for_each_line(outer, n, inner, [=](Index offset, auto stride) {
    const Scalar* x = x_all + offset;
    Scalar* y = y_all + offset;
    const auto scale = static_cast<Scalar>(1 / exponentials(y, x, line_max(x, n, stride), n, stride));
    for (Index k = 0; k < n; k++) y[k * stride] *= scale;
  });
}

void softmax_gradient(Scalar* dx_all, const Scalar* dy_all, const Scalar* y_all, Index outer, Index n,
                      Index inner) {
  for_each_line(outer, n, inner, [=](Index offset, auto stride) {
    const Scalar *dy = dy_all + offset, *y = y_all + offset;
    Scalar* dx = dx_all + offset;
    double total = 0;
    for (Index k = 0; k < n; k++) total += static_cast<double>(dy[k * stride]) * y[k * stride];
    const auto mean = static_cast<Scalar>(total);
    for (Index k = 0; k < n; k++) dx[k * stride] = y[k * stride] * (dy[k * stride] - mean);
  });
}

void log_softmax(Scalar* y_all, const Scalar* x_all, Index outer, Index n, Index inner) {
  for_each_line(outer, n, inner, [=](Index offset, auto stride) {
    const Scalar* x = x_all + offset;
    Scalar* y = y_all + offset;
    const Scalar largest = line_max(x, n, stride);
    const auto log_total = static_cast<Scalar>(std::log(exponentials(y, x, largest, n, stride)));
    for (Index k = 0; k < n; k++) y[k * stride] = x[k * stride] - largest - log_total;
  });
}

void log_softmax_gradient(Scalar* dx_all, const Scalar* dy_all, const Scalar* y_all, Index outer, Index n,
                          Index inner) {
  for_each_line(outer, n, inner, [=](Index offset, auto stride) {
    const Scalar *dy = dy_all + offset, *y = y_all + offset;
    Scalar* dx = dx_all + offset;
    double sum = 0;
    for (Index k = 0; k < n; k++) sum += dy[k * stride];
    const auto total = static_cast<Scalar>(sum);
    for (Index k = 0; k < n; k++) dx[k * stride] = dy[k * stride] - fast_exp(y[k * stride]) * total;
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
