#include <reel/core/kernels/normalization.h>

#include <cmath>

#include <reel/core/kernels/fixed_order_sum.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kGrain = 16384;  // elements a piece

Index grain_of(Index elements) { return kGrain / std::max<Index>(elements, 1) + 1; }

// The sum over channel c of f(element).
template <class F>
double channel_sum(ChannelLayout layout, Index c, F&& f) {
  double total = 0;
  for (Index n = 0; n < layout.batch; n++) {
    const Index first = (n * layout.channels + c) * layout.size;
    total += fixed_order_sum(layout.size, [&](Index i) { return f(first + i); });
  }
  return total;
}

// f(channel, first element) for every plane of one channel of one image.
template <class F>
void for_each_plane(ChannelLayout layout, F&& f) {
  parallel_for(layout.batch * layout.channels, grain_of(layout.size), [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; plane++) f(plane % layout.channels, plane * layout.size);
  });
}

}  // namespace

void channel_statistics(const Scalar* x, ChannelLayout layout, Scalar* mean, Scalar* variance) {
  const auto count = static_cast<double>(layout.per_channel());
  parallel_for(layout.channels, grain_of(layout.per_channel()), [&](Index begin, Index end) {
    for (Index c = begin; c < end; c++) {
      const double average = channel_sum(layout, c, [x](Index i) { return x[i]; }) / count;
      const auto center = static_cast<Scalar>(average);
      const double squares =
          channel_sum(layout, c, [x, center](Index i) { return (x[i] - center) * (x[i] - center); });
      mean[c] = center;
      variance[c] = static_cast<Scalar>(squares / count);
    }
  });
}

void channel_normalize(const Scalar* x, ChannelLayout layout, const Scalar* mean, const Scalar* scale,
                       const Scalar* shift, Scalar* y) {
  for_each_plane(layout, [=](Index c, Index first) {
    const Scalar center = mean[c], factor = scale[c], offset = shift ? shift[c] : 0;
    for (Index i = first; i < first + layout.size; i++) y[i] = (x[i] - center) * factor + offset;
  });
}

void channel_gradient_sums(const Scalar* x, const Scalar* dy, ChannelLayout layout, const Scalar* mean,
                           Scalar* sum_dy, Scalar* sum_dy_x) {
  parallel_for(layout.channels, grain_of(layout.per_channel()), [&](Index begin, Index end) {
    for (Index c = begin; c < end; c++) {
      const Scalar center = mean[c];
      sum_dy[c] = static_cast<Scalar>(channel_sum(layout, c, [=](Index i) { return dy[i]; }));
      sum_dy_x[c] =
          static_cast<Scalar>(channel_sum(layout, c, [=](Index i) { return dy[i] * (x[i] - center); }));
    }
  });
}

void channel_input_gradient(const Scalar* x, const Scalar* dy, ChannelLayout layout, const Scalar* mean,
                            const Scalar* scale, const Scalar* a, const Scalar* b, Scalar* dx) {
  for_each_plane(layout, [=](Index c, Index first) {
    const Scalar center = mean[c], factor = scale[c], constant = a[c], slope = b[c];
    for (Index i = first; i < first + layout.size; i++) {
      dx[i] = factor * (dy[i] - constant - (x[i] - center) * slope);
    }
  });
}

void row_normalize(const Scalar* x, Index rows, Index size, double eps, const Scalar* weight,
                   const Scalar* bias, Scalar* mean, Scalar* inverse_deviation, Scalar* y) {
  const auto count = static_cast<double>(size);
  parallel_for(rows, grain_of(size), [=](Index begin, Index end) {
    for (Index r = begin; r < end; r++) {
      const Scalar* row = x + r * size;
      const auto center = static_cast<Scalar>(fixed_order_sum(size, [=](Index i) { return row[i]; }) / count);
      const double variance =
          fixed_order_sum(size, [=](Index i) { return (row[i] - center) * (row[i] - center); }) / count;
      const auto scale = static_cast<Scalar>(1 / std::sqrt(variance + eps));
      mean[r] = center;
      inverse_deviation[r] = scale;
      for (Index i = 0; i < size; i++) {
        y[r * size + i] = (row[i] - center) * scale * weight[i] + (bias ? bias[i] : 0);
      }
    }
  });
}

void row_input_gradient(const Scalar* x, const Scalar* dy, Index rows, Index size, const Scalar* weight,
                        const Scalar* mean, const Scalar* inverse_deviation, Scalar* dx) {
  const auto count = static_cast<double>(size);
  parallel_for(rows, grain_of(size), [=](Index begin, Index end) {
    for (Index r = begin; r < end; r++) {
      const Scalar *row = x + r * size, *drow = dy + r * size;
      const Scalar center = mean[r], scale = inverse_deviation[r];
      const auto a =
          static_cast<Scalar>(fixed_order_sum(size, [=](Index i) { return drow[i] * weight[i]; }) / count);
      const double projection =
          fixed_order_sum(size, [=](Index i) { return drow[i] * weight[i] * (row[i] - center) * scale; }) /
          count;
      const Scalar b = static_cast<Scalar>(projection) * scale;
      for (Index i = 0; i < size; i++) {
        dx[r * size + i] = scale * (drow[i] * weight[i] - a - (row[i] - center) * b);
      }
    }
  });
}

void row_weight_gradients(const Scalar* x, const Scalar* dy, Index rows, Index size, const Scalar* mean,
                          const Scalar* inverse_deviation, Scalar* dweight, Scalar* dbias) {
  constexpr Index kColumns = 64;  // columns a piece; each piece reads every row from the first to the last
  parallel_for(size, kColumns, [=](Index begin, Index end) {
    double weight_sum[kColumns] = {}, bias_sum[kColumns] = {};
    for (Index r = 0; r < rows; r++) {
      const Scalar center = mean[r], scale = inverse_deviation[r];
      for (Index i = begin; i < end; i++) {
        const Scalar d = dy[r * size + i];
        weight_sum[i - begin] += d * (x[r * size + i] - center) * scale;
        bias_sum[i - begin] += d;
      }
    }
    for (Index i = begin; i < end; i++) {
      dweight[i] = static_cast<Scalar>(weight_sum[i - begin]);
      dbias[i] = static_cast<Scalar>(bias_sum[i - begin]);
    }
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
