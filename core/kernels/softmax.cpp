#include <reel/core/kernels/softmax.h>

#include <algorithm>
#include <cmath>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Calls f(offset) for the first element of each line; the elements of a line are `inner` apart.
template <class F>
void for_each_line(Index outer, Index n, Index inner, F f) {
  const Index grain = std::max<Index>(1, 2048 / std::max<Index>(1, n));
  parallel_for(outer * inner, grain, [=](Index begin, Index end) {
    for (Index line = begin; line < end; line++) f(line / inner * n * inner + line % inner);
  });
}

Scalar line_max(const Scalar* x, Index n, Index stride) {
  Scalar largest = x[0];
  for (Index k = 1; k < n; k++) largest = std::max(largest, x[k * stride]);
  return largest;
}

}  // namespace

void softmax(Scalar* y_all, const Scalar* x_all, Index outer, Index n, Index inner) {
  for_each_line(outer, n, inner, [=](Index offset) {
    const Scalar* x = x_all + offset;
    Scalar* y = y_all + offset;
    const Scalar largest = line_max(x, n, inner);
    double total = 0;
    for (Index k = 0; k < n; k++) total += y[k * inner] = std::exp(x[k * inner] - largest);
    const auto scale = static_cast<Scalar>(1 / total);
    for (Index k = 0; k < n; k++) y[k * inner] *= scale;
  });
}

void softmax_gradient(Scalar* dx_all, const Scalar* dy_all, const Scalar* y_all, Index outer, Index n,
                      Index inner) {
  for_each_line(outer, n, inner, [=](Index offset) {
    const Scalar *dy = dy_all + offset, *y = y_all + offset;
    double total = 0;
    for (Index k = 0; k < n; k++) total += static_cast<double>(dy[k * inner]) * y[k * inner];
    const auto mean = static_cast<Scalar>(total);
    for (Index k = 0; k < n; k++) dx_all[offset + k * inner] = y[k * inner] * (dy[k * inner] - mean);
  });
}

void log_softmax(Scalar* y_all, const Scalar* x_all, Index outer, Index n, Index inner) {
  for_each_line(outer, n, inner, [=](Index offset) {
    const Scalar* x = x_all + offset;
    const Scalar largest = line_max(x, n, inner);
    double total = 0;
    for (Index k = 0; k < n; k++) total += std::exp(x[k * inner] - largest);
    const auto log_total = static_cast<Scalar>(std::log(total));
    for (Index k = 0; k < n; k++) y_all[offset + k * inner] = x[k * inner] - largest - log_total;
  });
}

void log_softmax_gradient(Scalar* dx_all, const Scalar* dy_all, const Scalar* y_all, Index outer, Index n,
                          Index inner) {
  for_each_line(outer, n, inner, [=](Index offset) {
    const Scalar *dy = dy_all + offset, *y = y_all + offset;
    double sum = 0;
    for (Index k = 0; k < n; k++) sum += dy[k * inner];
    const auto total = static_cast<Scalar>(sum);
    for (Index k = 0; k < n; k++) dx_all[offset + k * inner] = dy[k * inner] - std::exp(y[k * inner]) * total;
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
