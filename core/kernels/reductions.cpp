// One loop for rows and one for columns, over independent sums in a fixed order.
#include <reel/core/kernels/detail/reductions.h>

#include <algorithm>
#include <array>
#include <limits>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

struct Sum {
  using Accumulator = double;
  static constexpr double kStart = 0;
  static constexpr std::size_t kLanes = 16;
  static double combine(double a, double x) { return a + x; }
  static Scalar result(double total, Index) { return static_cast<Scalar>(total); }
};

struct MeanReduction : Sum {
  static Scalar result(double total, Index n) { return static_cast<Scalar>(total / static_cast<double>(n)); }
};

struct Max {
  using Accumulator = Scalar;
  static constexpr Scalar kStart = -std::numeric_limits<Scalar>::infinity();
  static constexpr std::size_t kLanes = 64;
  static Scalar combine(Scalar a, Scalar x) { return a < x || x != x ? x : a; }
  static Scalar result(Scalar largest, Index) { return largest; }
};

constexpr Index kReductionGrain = 16384;  // elements
constexpr Index kPieces = 32;             // at most, of one reduced line
constexpr Index kColumns = 128;           // reduced side by side

Index piece_size(Index n, Index elements_each) {
  return std::max((n + kPieces - 1) / kPieces, std::max<Index>(1, kReductionGrain / elements_each));
}

// Independent lanes, as many as are fastest: the processor neither waits for the last addition nor adds one
// number at a time.
template <class F>
typename F::Accumulator reduce_run(const Scalar* x, Index n) {
  constexpr std::size_t kLanes = F::kLanes;
  std::array<typename F::Accumulator, kLanes> lanes;
  lanes.fill(F::kStart);
  Index i = 0;
  for (; i + Index{kLanes} <= n; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; j++) lanes[j] = F::combine(lanes[j], x[i + static_cast<Index>(j)]);
  }
  for (std::size_t j = 0; i < n; i++, j++) lanes[j] = F::combine(lanes[j], x[i]);
  for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::size_t j = 0; j < width; j++) lanes[j] = F::combine(lanes[j], lanes[j + width]);
  }
  return lanes[0];
}

template <class F>
Scalar reduce_row(const Scalar* x, Index n) {
  const Index size = piece_size(n, 1);
  std::array<typename F::Accumulator, kPieces> pieces;
  parallel_for(n, size, [&](Index begin, Index end) {
    pieces[static_cast<std::size_t>(begin / size)] = reduce_run<F>(x + begin, end - begin);
  });
  auto total = F::kStart;
  for (Index p = 0; p * size < n; p++) total = F::combine(total, pieces[static_cast<std::size_t>(p)]);
  return F::result(total, n);
}

// `width` neighbouring columns of a matrix with rows of `stride`.
template <class F>
void reduce_columns(Scalar* y, const Scalar* x, Index n, Index stride, Index width) {
  using Line = std::array<typename F::Accumulator, kColumns>;
  const auto columns = static_cast<std::size_t>(width);
  const Index size = piece_size(n, width);
  std::array<Line, kPieces> pieces;
  parallel_for(n, size, [&](Index begin, Index end) {
    Line& line = pieces[static_cast<std::size_t>(begin / size)];
    std::fill_n(line.begin(), columns, F::kStart);
    for (Index k = begin; k < end; k++) {
      const Scalar* row = x + k * stride;
      for (std::size_t j = 0; j < columns; j++) line[j] = F::combine(line[j], row[j]);
    }
  });
  Line total;
  std::fill_n(total.begin(), columns, F::kStart);
  for (Index p = 0; p * size < n; p++) {
    const Line& line = pieces[static_cast<std::size_t>(p)];
    for (std::size_t j = 0; j < columns; j++) total[j] = F::combine(total[j], line[j]);
  }
  for (std::size_t j = 0; j < columns; j++) y[j] = F::result(total[j], n);
}

template <class F>
void reduce_dim(Scalar* y, const Scalar* x, Index outer, Index n, Index inner) {
  const Index grain = std::max<Index>(1, kReductionGrain / std::max<Index>(1, n));
  if (inner == 1) {
    parallel_for(outer, grain, [=](Index begin, Index end) {
      for (Index o = begin; o < end; o++) y[o] = reduce_row<F>(x + o * n, n);
    });
    return;
  }
  if (inner == 0) return;
  const Index blocks = (inner + kColumns - 1) / kColumns;
  parallel_for(outer * blocks, std::max<Index>(1, grain / std::min(inner, kColumns)),
               [=](Index begin, Index end) {
                 for (Index task = begin; task < end; task++) {
                   const Index o = task / blocks, column = task % blocks * kColumns;
                   reduce_columns<F>(y + o * inner + column, x + o * n * inner + column, n, inner,
                                     std::min(kColumns, inner - column));
                 }
               });
}

}  // namespace

void sum(Scalar* y, const Scalar* x, Index outer, Index n, Index inner) {
  reduce_dim<Sum>(y, x, outer, n, inner);
}

void mean(Scalar* y, const Scalar* x, Index outer, Index n, Index inner) {
  reduce_dim<MeanReduction>(y, x, outer, n, inner);
}

void max(Scalar* y, const Scalar* x, Index outer, Index n, Index inner) {
  reduce_dim<Max>(y, x, outer, n, inner);
}

}  // namespace reel::inline REEL_PRECISION::kernels
