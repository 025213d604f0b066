// Moments of channels from pieces in a fixed order, of rows in one go; then maps and their gradients.
#include <reel/core/kernels/detail/normalization.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include <reel/core/kernels/detail/fixed_order_sum.h>
#include <reel/core/kernels/detail/simd.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kNormalizationGrain = 16384;  // elements a piece

Index grain_of(Index elements) { return kNormalizationGrain / std::max<Index>(elements, 1) + 1; }

// The elements of a channel are summed in runs of about kRun: so few that they stay in the first-level cache
// for a second look, and that sums in Scalar on the lanes of some vectors are as good as sums in double.
constexpr Index kRun = 2048;

// `strips` pieces of `length` neighbouring elements, `stride` apart: small planes of a channel, or a part of
// a large one.
struct Run {
  Index first, strips, length, stride;
  Index count() const { return strips * length; }
};

// What a cell is: the part of a channel that one task sums up. Cells follow from the shape alone.
struct Cells {
  Index images, count;  // of a cell; of a channel

  explicit Cells(const ChannelLayout& layout)
      : images(
            std::clamp<Index>(kRun / std::max<Index>(layout.size, 1), 1, std::max<Index>(layout.batch, 1))),
        count((layout.batch + images - 1) / images) {}

  // f(run) for the runs of a cell of channel c.
  template <class F>
  void for_each_run(const ChannelLayout& layout, Index cell, Index c, F&& f) const {
    const Index n = cell * images, stride = layout.channels * layout.size;
    const Index first = n * stride + c * layout.size;
    if (layout.size <= kRun) return f(Run{first, std::min(images, layout.batch - n), layout.size, stride});
    for (Index i = 0; i < layout.size; i += kRun) f(Run{first + i, 1, std::min(kRun, layout.size - i), 0});
  }
};

// f(cell, channel) for all of them, several at once, in the order of the memory.
template <class F>
void for_each_cell(const ChannelLayout& layout, const Cells& cells, F&& f) {
  parallel_for(cells.count * layout.channels, grain_of(cells.images * layout.size),
               [&](Index begin, Index end) {
                 for (Index i = begin; i < end; i++) f(i / layout.channels, i % layout.channels);
               });
}

// Reads what is added to a sum of this type, so that the terms are written once: a vector, or one element,
// which goes to a double.
inline Scalar read(const Scalar* from, double) { return *from; }
inline Vector read(const Scalar* from, Vector) { return load(from); }

// sum += a b, for one element with one rounding: with two, which of them the compiler joins would depend on
// the code around it, such as a relu's.
inline void add_product(double& sum, Scalar a, Scalar b) {
  sum = std::fma(static_cast<double>(a), static_cast<double>(b), sum);
}
inline void add_product(Vector& sum, Vector a, Vector b) { sum += a * b; }

// The sums over a run of the kSums terms that add(i, sums) adds to its `sums`, doubles or Vectors, for the
// element or the elements at i.
template <int kSums, class Add>
std::array<double, kSums> sum_run(const Run& run, Add&& add) {
  constexpr int kUnroll = 4;  // independent sums, so that an addition need not wait for the one before
  std::array<std::array<Vector, kSums>, kUnroll> lanes{};
  std::array<double, kSums> rest{};
  for (Index s = 0; s < run.strips; s++) {
    Index i = run.first + s * run.stride;
    const Index end = i + run.length;
    for (; i + kUnroll * kLanes <= end; i += kUnroll * kLanes) {
      for (int u = 0; u < kUnroll; u++) add(i + u * kLanes, lanes[static_cast<std::size_t>(u)]);
    }
    for (; i + kLanes <= end; i += kLanes) add(i, lanes[0]);
    for (; i < end; i++) add(i, rest);
  }
  std::array<double, kSums> totals;
  for (std::size_t k = 0; k < kSums; k++) {
    totals[k] =
        static_cast<double>(sum_lanes((lanes[0][k] + lanes[1][k]) + (lanes[2][k] + lanes[3][k]))) + rest[k];
  }
  return totals;
}

// What holds the squares of Scalars and their sums: those of a float from 1e19 on are too large for a float.
using Wide = std::conditional_t<std::is_same_v<Scalar, float>, double, long double>;

// Mean and sum of the squared distances from it of `count` numbers; those of two sets give those of both.
// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
struct Moments {
  Wide count = 0, mean = 0, squares = 0;

  void add(const Moments& other) {
    const Wide total = count + other.count, delta = other.mean - mean;
    mean += delta * other.count / total;
    squares += other.squares + delta * delta * count * other.count / total;
    count = total;
  }

  Wide variance() const { return squares / count; }
  Scalar inverse_deviation(double eps) const {
    return static_cast<Scalar>(1 / std::sqrt(variance() + static_cast<Wide>(eps)));
  }
};

// The slow way, for numbers whose squares overflow or underflow and for infinities, which both moments then
// tell.
Moments wide_moments_of(const Scalar* x, const Run& run) {
  const auto sum = [&](auto term) {
    Wide total = 0;
    for (Index s = 0; s < run.strips; s++) {
      const Scalar* strip = x + run.first + s * run.stride;
      for (Index i = 0; i < run.length; i++) total += term(static_cast<Wide>(strip[i]));
    }
    return total;
  };
  const auto count = static_cast<Wide>(run.count());
  const Wide mean = sum([](Wide v) { return v; }) / count;
  return {count, mean, sum([mean](Wide v) { return (v - mean) * (v - mean); })};
}

// The second look finds the run in the cache: memory is read once. It takes the distances from a number near
// the mean, so that a large mean costs no digits; the first look from one of the run, so that equal numbers
// are their own mean. Squares that are too small for a Scalar are missed where eps is as small.
Moments moments_of(const Scalar* x, const Run& run, double eps) {
  constexpr double kSmallSquare =
      double{std::numeric_limits<Scalar>::min()} / std::numeric_limits<Scalar>::epsilon();
  const auto count = static_cast<double>(run.count());
  const Scalar first = x[run.first];
  const double shift =
      sum_run<1>(run, [x, first](Index i, auto& sums) { sums[0] += read(x + i, sums[0]) - first; })[0];
  const Scalar center = first + static_cast<Scalar>(shift / count);
  const auto [distances, squares] = sum_run<2>(run, [x, center](Index i, auto& sums) {
    const auto distance = read(x + i, sums[0]) - center;
    sums[0] += distance;
    sums[1] += distance * distance;
  });
  const bool are_too_small = eps < kSmallSquare && squares < kSmallSquare * count;
  if (!std::isfinite(squares) || are_too_small) return wide_moments_of(x, run);
  return {static_cast<Wide>(count), static_cast<Wide>(center) + static_cast<Wide>(distances / count),
          static_cast<Wide>(squares - distances * distances / count)};
}

// Of neighbouring elements, run by run.
Moments moments_of_row(const Scalar* x, Index size, double eps) {
  Moments row;
  for (Index i = 0; i < size; i += kRun) row.add(moments_of(x, Run{i, 1, std::min(kRun, size - i), 0}, eps));
  return row;
}

// The gradient of a map that a relu follows finds out again where the map's value was positive: cheaper than
// to read it.
template <class T, bool kRelu>
T gradient_of(const PlaneMap& map, T dy, T x, std::bool_constant<kRelu>) {
  return kRelu ? masked(dy, map(x)) : dy;
}

// (x - mean) inverse_deviation = distance(x) factor, for a row.
PlaneMap row_map(Scalar mean, Scalar inverse_deviation) {
  return {mean, inverse_deviation, 0, unit_of(inverse_deviation)};
}

// f(channel, first element) for every plane of one channel of one image.
template <class F>
void for_each_channel_plane(ChannelLayout layout, F&& f) {
  parallel_for(layout.batch * layout.channels, grain_of(layout.size), [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; plane++) f(plane % layout.channels, plane * layout.size);
  });
}

// For a channel or a part of it, the sums of dy and of dy times the distance from the mean.
struct GradientSums {
  double dy = 0, dy_n = 0;

  void add(const GradientSums& other) {
    dy += other.dy;
    dy_n += other.dy_n;
  }
};

GradientSums gradient_sums(const Scalar* x, const Scalar* dy, const ChannelLayout& layout, const Cells& cells,
                           Index cell, Index c, const PlaneMap& f, bool relu) {
  const Index ahead = layout.channels * layout.size;  // the next image
  const auto sums_of = [&](const Run& run, auto with_relu) {
    return sum_run<2>(run, [x, dy, f, with_relu, ahead](Index i, auto& to) {
      __builtin_prefetch(x + i + ahead, 0, 2);
      __builtin_prefetch(dy + i + ahead, 0, 2);
      const auto from = read(x + i, to[0]);
      const auto gradient = gradient_of(f, read(dy + i, to[0]), from, with_relu);
      to[0] += gradient;
      add_product(to[1], gradient, f.distance(from));
    });
  };
  GradientSums total;
  cells.for_each_run(layout, cell, c, [&](const Run& run) {
    const auto [sum, product] = relu ? sums_of(run, std::true_type()) : sums_of(run, std::false_type());
    total.add({sum, product});
  });
  return total;
}

// dx = scale (weight dy - a - n b) for the elements of a channel; a and b may be nullptr for 0.
struct InputGradient {
  PlaneMap map;
  Scalar scale, weight, constant, slope;
  bool relu, through_statistics;

  InputGradient(const ChannelMapView& view, Index c, Scalar inverse_deviation, bool relu_, Scalar weight_,
                const Scalar* a, const Scalar* b)
      : map(view, c, unit_of(inverse_deviation)),
        scale(view.scale[c]),
        weight(weight_),
        constant(a ? *a : 0),
        slope(b ? *b * (inverse_deviation / unit_of(inverse_deviation)) : 0),
        relu(relu_),
        through_statistics(a) {}

  void write(const Scalar* x, const Scalar* dy, Index size, Scalar* dx) const {
    const auto run = [=, g = *this](auto with_relu, auto with_statistics) {
      for (Index i = 0; i < size; i++) {
        const Scalar gradient = g.weight * gradient_of(g.map, dy[i], x[i], with_relu);
        dx[i] =
            g.scale * (with_statistics ? gradient - g.constant - g.map.distance(x[i]) * g.slope : gradient);
      }
    };
    const auto known = [&](auto with_relu) {
      through_statistics ? run(with_relu, std::true_type()) : run(with_relu, std::false_type());
    };
    relu ? known(std::true_type()) : known(std::false_type());
  }
};

}  // namespace

std::size_t channel_workspace(ChannelLayout layout) {
  return static_cast<std::size_t>(Cells(layout).count * layout.channels) * sizeof(Moments);
}

void channel_statistics(const Scalar* x, ChannelLayout layout, double eps, const ChannelStatisticsView& to,
                        void* workspace) {
  const Cells cells(layout);
  auto* parts = static_cast<Moments*>(workspace);
  for_each_cell(layout, cells, [&](Index cell, Index c) {
    Moments part;
    cells.for_each_run(layout, cell, c, [&](const Run& run) { part.add(moments_of(x, run, eps)); });
    parts[cell * layout.channels + c] = part;
  });
  for (Index c = 0; c < layout.channels; c++) {
    Moments total;
    for (Index cell = 0; cell < cells.count; cell++) total.add(parts[cell * layout.channels + c]);
    to.mean[c] = static_cast<Scalar>(total.mean);
    to.variance[c] = static_cast<Scalar>(total.variance());
    to.inverse_deviation[c] = total.inverse_deviation(eps);
  }
}

void channel_normalize(const Scalar* x, ChannelLayout layout, const ChannelMapView& map,
                       const EpilogueView& epilogue, Scalar* y) {
  for_each_channel_plane(layout, [=](Index c, Index first) {
    const PlaneMap f(map, c);
    const PlaneEpilogue steps = epilogue.plane(c, first);
    const Scalar* from = x + first;
    Scalar* to = y + first;
    for (Index i = 0; i < layout.size; i++) to[i] = steps.without_bias(f(from[i]), i);
  });
}

void channel_gradients(const Scalar* x, const Scalar* dy, ChannelLayout layout, const ChannelMapView& map,
                       const Scalar* inverse_deviation, bool relu, Scalar* sum_dy, Scalar* sum_dy_n,
                       bool through_statistics, Scalar* dx) {
  const Cells cells(layout);
  parallel_for(layout.channels, grain_of(layout.per_channel()), [&](Index begin, Index end) {
    for (Index c = begin; c < end; c++) {
      const Scalar unit = unit_of(inverse_deviation[c]);
      GradientSums total{};
      for (Index cell = 0; cell < cells.count; cell++) {
        total.add(gradient_sums(x, dy, layout, cells, cell, c, PlaneMap(map, c, unit), relu));
      }
      sum_dy[c] = static_cast<Scalar>(total.dy);
      sum_dy_n[c] = static_cast<Scalar>(total.dy_n * (inverse_deviation[c] / unit));
      if (!dx) continue;
      const auto count = static_cast<Scalar>(layout.per_channel());
      const Scalar a = sum_dy[c] / count, b = sum_dy_n[c] / count;
      const InputGradient gradient(map, c, inverse_deviation[c], relu, 1, through_statistics ? &a : nullptr,
                                   through_statistics ? &b : nullptr);
      for (Index n = layout.batch; n-- > 0;) {  // from the last, which is in the nearest cache
        const Index first = (n * layout.channels + c) * layout.size;
        gradient.write(x + first, dy + first, layout.size, dx + first);
      }
    }
  });
}

void channel_input_gradient(const Scalar* x, const Scalar* dy, ChannelLayout layout,
                            const ChannelMapView& map, const Scalar* inverse_deviation, const Scalar* weight,
                            const Scalar* a, const Scalar* b, Scalar* dx) {
  for_each_channel_plane(layout, [=](Index c, Index first) {
    const InputGradient gradient(map, c, inverse_deviation[c], false, weight ? weight[c] : 1, a + c, b + c);
    gradient.write(x + first, dy + first, layout.size, dx + first);
  });
}

void row_normalize(const Scalar* x, Index rows, Index size, double eps, const Scalar* weight,
                   const Scalar* bias, Scalar* mean, Scalar* inverse_deviation, Scalar* y) {
  parallel_for(rows, grain_of(size), [=](Index begin, Index end) {
    for (Index r = begin; r < end; r++) {
      const Scalar* row = x + r * size;
      const Moments moments = moments_of_row(row, size, eps);
      const auto center = static_cast<Scalar>(moments.mean);
      const Scalar scale = moments.inverse_deviation(eps);
      mean[r] = center;
      inverse_deviation[r] = scale;
      const PlaneMap n = row_map(center, scale);
      for (Index i = 0; i < size; i++) {
        y[r * size + i] = n.distance(row[i]) * n.factor * weight[i] + (bias ? bias[i] : 0);
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
      const Scalar scale = inverse_deviation[r];
      const PlaneMap n = row_map(mean[r], scale);
      const auto a =
          static_cast<Scalar>(fixed_order_sum(size, [=](Index i) { return drow[i] * weight[i]; }) / count);
      const double projection =
          fixed_order_sum(size,
                          [=](Index i) { return drow[i] * weight[i] * (n.distance(row[i]) * n.factor); }) /
          count;
      const Scalar b = static_cast<Scalar>(projection) * n.factor;
      for (Index i = 0; i < size; i++) {
        dx[r * size + i] = scale * (drow[i] * weight[i] - a - n.distance(row[i]) * b);
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
      const PlaneMap n = row_map(mean[r], inverse_deviation[r]);
      for (Index i = begin; i < end; i++) {
        const Scalar d = dy[r * size + i];
        weight_sum[i - begin] += d * (n.distance(x[r * size + i]) * n.factor);
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
