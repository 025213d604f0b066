// The two inner loops of all convolutions and products: blocks of sums that stay in registers.
//
//   sum_block     sum[r][v] = sum over t of factor[t][r] in[offset[t] + v]     rows r by vectors v of results
//   dot_block     sum[r][t] += sum over p of a[r][p] b[t][p]                   its transpose: rows by taps
//
// Each vector that is loaded serves for several multiply-adds, as does each factor. What becomes of the sums
// is the caller's: a function emit(r, v, sum), which is inlined while they are in registers.
#pragma once

#include <algorithm>
#include <type_traits>

#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Rows (channels) of the largest block, and how many vectors or taps a block of `rows` rows has room for.
inline constexpr int kBlockRows = kAccumulators / 3;
constexpr int block_width(int rows) { return std::min(8, kAccumulators / rows); }

/// `rows` rows in blocks of nearly equal size, none above kMost.
template <int kMost>
struct BlocksOf {
  Index rows, count;
  explicit BlocksOf(Index n) : rows(n), count((n + kMost - 1) / kMost) {}
  Index begin(Index block) const { return rows * block / count; }
  Index size(Index block) const { return begin(block + 1) - begin(block); }
};
using RowBlocks = BlocksOf<kBlockRows>;

/// Calls f(std::integral_constant<int, rows>) for rows in 1..kMost.
template <int kMost = kBlockRows, class F>
void with_rows(Index rows, F&& f) {
  if (rows == kMost) {
    f(std::integral_constant<int, kMost>{});
  } else if constexpr (kMost > 1) {
    with_rows<kMost - 1>(rows, f);
  }
}

/// Terms whose vectors stand at listed places, and whose factors lie packed, those of a block's rows together.
/// After a run of terms `skip` are left out.
struct ListedTerms {
  const Scalar* in;
  const Index* offsets;
  const Scalar* factors;
  Index skip = 0;

  const Scalar* vectors() const { return in + *offsets; }
  Scalar factor(int row) const { return factors[row]; }
  void advance(int rows) { offsets++, factors += rows; }
  void end_run(int rows) { offsets += skip, factors += skip * rows; }
};

/// A factor whose element (i, k) is at data[i row + k step].
struct StridedMatrix {
  const Scalar* data;
  Index row, step;
};

/// Terms of a matrix product, a(i, k) b[k][j], with the factors as they stand.
template <int kRows>
struct ProductTerms {
  static constexpr int kTriples = (kRows + 2) / 3;  // few enough pointers to keep in registers
  const Scalar *b, *from[kTriples];
  Index b_row, row, step;

  ProductTerms(const StridedMatrix& a, const Scalar* b_, Index b_row_)
      : b(b_), b_row(b_row_), row(a.row), step(a.step) {
    for (int t = 0; t < kTriples; t++) from[t] = a.data + 3 * t * a.row;
  }
  const Scalar* vectors() const { return b; }
  Scalar factor(int i) const { return from[i / 3][i % 3 * row]; }
  void advance(int) {
    b += b_row;
    for (int t = 0; t < kTriples; t++) from[t] += step;
  }
};

/// The terms are `runs` runs of `count`; between them terms may be left out (end_run).
template <int kRows, int kVectors, class Terms, class Emit>
[[gnu::always_inline]] inline void sum_block(Terms terms, Index count, Emit&& emit, Index runs = 1) {
  Vector sum[kRows][kVectors] = {};
  for (Index s = 0; s < runs; s++) {
    for (Index t = 0; t < count; t++) {
      const Scalar* const from = terms.vectors();
      Vector in[kVectors];
      for (int v = 0; v < kVectors; v++) in[v] = load(from + v * kLanes);
      for (int r = 0; r < kRows; r++) {
        const Scalar factor = terms.factor(r);
        for (int v = 0; v < kVectors; v++) sum[r][v] += in[v] * factor;
      }
      terms.advance(kRows);
    }
    if constexpr (requires { terms.end_run(kRows); }) terms.end_run(kRows);
  }
  unrolled<kRows * kVectors>([&](int i) __attribute__((always_inline)) {
    emit(i / kVectors, i % kVectors, sum[i / kVectors][i % kVectors]);
  });
}

/// Calls block(std::integral_constant<int, width>, first) for `count` vectors or taps: blocks as wide as
/// kWidest while they fit, then narrower ones.
template <int kWidest, class Block>
[[gnu::always_inline]] inline void for_each_block(Index count, Block&& block, Index first = 0) {
  for (; count - first >= kWidest; first += kWidest) block(std::integral_constant<int, kWidest>{}, first);
  if constexpr (kWidest > 1) for_each_block<kWidest / 2>(count, block, first);
}

/// Rows and vectors of a product's blocks.
inline constexpr int kProductVectors = 2, kProductRows = kAccumulators / kProductVectors;

/// c[i][j] = sum over k of a[i][k] b[k][j] for at least kBlockRows rows a of kLanes numbers, one after another: a
/// vector of each row of b stays in registers. The last block of rows reaches back into the one before.
[[gnu::noinline]] inline void multiply_lanes(Index rows, Index vectors, const Scalar* a, const Scalar* b,
                                             Index b_row, Scalar* c, Index c_row) {
  for (Index first = 0; first < vectors * kLanes; first += kLanes) {
    Vector right[kLanes];
    unrolled<kLanes>([&](int k)
                         __attribute__((always_inline)) { right[k] = load_once(b + k * b_row + first); });
    for (Index block = 0; block < rows; block += kBlockRows) {
      const Index row = std::min(block, rows - kBlockRows);
      const Scalar* const left = a + row * kLanes;
      Vector sum[kBlockRows] = {};
      unrolled<kLanes>([&](int k) __attribute__((always_inline)) {
        unrolled<kBlockRows>([&](int i) __attribute__((always_inline)) {
          sum[i] += right[k] * left[i * kLanes + k];
        });
      });
      unrolled<kBlockRows>([&](int i) __attribute__((always_inline)) {
        store(c + (row + i) * c_row + first, sum[i]);
      });
    }
  }
}

/// c[i][j] = sum over k of a(i, k) b[k][j], or += where `add`, for rows of whole vectors.
inline void multiply(Index rows, Index vectors, const StridedMatrix& a, const Scalar* b, Index b_row,
                     Index depth, Scalar* c, Index c_row, bool add) {
  if (rows >= kBlockRows && depth == kLanes && a.row == kLanes && a.step == 1 && !add) {
    return multiply_lanes(rows, vectors, a.data, b, b_row, c, c_row);
  }
  for_each_block<kProductVectors>(vectors, [&](auto width, Index first) {
    constexpr int kMost = std::min(16, kAccumulators / width);  // longer loops are not unrolled by g++
    // Equal heights by two divisions in all, where BlocksOf makes two for each block: blocks of few terms are short.
    const Index count = (rows + kMost - 1) / kMost, height = (rows + count - 1) / count;
    for (Index begin = 0; begin < rows; begin += height) {
      with_rows<kMost>(std::min(height, rows - begin), [&](auto size) {
        const Index step = c_row;  // copies stay in registers whatever is stored
        const bool sums = add;
        Scalar* const to = c + begin * c_row + first * kLanes;
        const StridedMatrix left{a.data + begin * a.row, a.row, a.step};
        sum_block<size, width>(
            ProductTerms<size>(left, b + first * kLanes, b_row),
            depth, [=](int i, int v, Vector sum) __attribute__((always_inline)) {
              Scalar* const place = to + i * step + v * kLanes;
              store(place, sums ? load(place) + sum : sum);
            });
      });
    }
  });
}

/// Rows of vectors that a sum runs over, some stretches of `length` vectors one after another: stretch s of row
/// r begins at data + r row + s stretch.
struct Stretches {
  const Scalar* data = nullptr;
  Index row = 0, stretch = 0;

  Stretches from(Index first) const { return {data ? data + first * row : nullptr, row, stretch}; }
};

/// Adds a's rows times b's taps, tap t at b.data + offsets[t], over `count` stretches of `length` vectors and, if
/// last.data is given, one vector more of each row of a, which is there. With kAsk the memory `ahead` scalars
/// behind a's first row is asked for meanwhile.
template <int kRows, int kTaps, bool kAsk = false, class Emit>
[[gnu::always_inline]] inline void dot_block(const Stretches& a, const Stretches& b, const Index* offsets,
                                             Index count, Index length, Emit&& emit,
                                             const Stretches& last = {}, Index ahead = 0) {
  Vector sum[kRows][kTaps] = {};
  for (Index s = 0; s < count; s++) {
    const Scalar* taps[kTaps];
    for (int t = 0; t < kTaps; t++) taps[t] = b.data + s * b.stretch + offsets[t];
    const auto add = [&](const Scalar* rows, Index row_step, Index vectors) __attribute__((always_inline)) {
      for (Index p = 0; p < vectors * kLanes; p += kLanes) {
        if constexpr (kAsk) __builtin_prefetch(rows + ahead + p);
        if constexpr (kTaps <= kRows) {  // the fewer vectors are kept, the others come one by one
          Vector tap[kTaps];
          for (int t = 0; t < kTaps; t++) tap[t] = load_once(taps[t] + p);
          for (int r = 0; r < kRows; r++) {
            const Vector row = load_once(rows + r * row_step + p);
            for (int t = 0; t < kTaps; t++) sum[r][t] += row * tap[t];
          }
        } else {
          Vector row[kRows];
          for (int r = 0; r < kRows; r++) row[r] = load_once(rows + r * row_step + p);
          for (int t = 0; t < kTaps; t++) {
            const Vector tap = load_once(taps[t] + p);
            for (int r = 0; r < kRows; r++) sum[r][t] += row[r] * tap;
          }
        }
      }
    };
    for (int part = 0; part < (last.data ? 2 : 1); part++) {
      const Stretches& from = part == 0 ? a : last;
      add(from.data + s * from.stretch, from.row, part == 0 ? length : 1);
      for (int t = 0; t < kTaps; t++) taps[t] += length * kLanes;
    }
  }
  unrolled<kRows * kTaps>([&](int i) __attribute__((always_inline)) {
    emit(i / kTaps, i % kTaps, sum[i / kTaps][i % kTaps]);
  });
}

}  // namespace reel::inline REEL_PRECISION::kernels
