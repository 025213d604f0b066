// A product is computed panel by panel: kPanel columns of op(B), kDepth rows at a time, are copied to where
// the inner loop reads them one after another, and every row of op(A) goes over them. A may be read in either
// order as it stands. Where C has few rows a copy of B is not worth its while: there each element is a scalar
// product of two rows, or a row of B is used as it stands.
#include <reel/core/kernels/detail/gemm.h>

#include <algorithm>

#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/kernels/detail/squares.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kPanel = kProductVectors * kLanes, kDepth = 256;
constexpr Index kFewRows = 2 * kProductRows;  // a copy of B costs as much as it saves

struct MatrixView {
  const Scalar* data;
  Index pitch;
  bool transposed;

  const Scalar* at(Index row, Index column) const {
    return data + (transposed ? column * pitch + row : row * pitch + column);
  }
  MatrixView from(Index row, Index column) const { return {at(row, column), pitch, transposed}; }
  StridedMatrix strided() const {
    return transposed ? StridedMatrix{data, 1, pitch} : StridedMatrix{data, pitch, 1};
  }
};

// Element (k, j) of the panel at panel[k kPanel + j]; zero from column `columns` on. What is `ahead` columns
// further on will be asked for next.
void pack_rows(const MatrixView& b, Index depth, Index columns, Index ahead, Scalar* panel) {
  for (Index k = 0; k < depth; k++, panel += kPanel) {
    for (int v = 0; v < kProductVectors; v++) {
      const Index left = columns - v * kLanes;
      __builtin_prefetch(b.at(k, v * kLanes) + ahead);
      store(panel + v * kLanes, left > 0 ? load_first(b.at(k, v * kLanes), left) : Vector{});
    }
  }
}

void pack_columns(const MatrixView& b, Index depth, Index columns, Scalar* panel) {
  for (int first = 0; first < kPanel; first += kLanes) {
    for (Index k = 0; k < depth; k += kLanes) {
      const Index steps = std::min<Index>(kLanes, depth - k);
      Vector square[kLanes] = {};
      for (Index j = 0; j < std::min<Index>(kLanes, columns - first); j++) {
        square[j] = load_first(b.at(k, first + j), steps);
      }
      transpose(square);
      for (Index i = 0; i < steps; i++) store(panel + (k + i) * kPanel + first, square[i]);
    }
  }
}

// At most kProductRows rows and one panel.
void multiply_panel(Index rows, Index columns, const MatrixView& a, const Scalar* panel, Index panel_row,
                    Index depth, Scalar* c, Index c_row, bool add) {
  for (Index i = 0; i < rows; i++) {  // the results are often far away in memory
    for (int v = 0; v < kProductVectors; v++) __builtin_prefetch(c + i * c_row + v * kLanes, 1);
  }
  if (columns % kLanes == 0) {
    return multiply(rows, columns / kLanes, a.strided(), panel, panel_row, depth, c, c_row, add);
  }
  Scalar tile[kProductRows * kPanel];  // the last columns, through whole vectors
  multiply(rows, kProductVectors, a.strided(), panel, panel_row, depth, tile, kPanel, false);
  for (Index i = 0; i < rows; i++, c += c_row) {
    for (Index j = 0; j < columns; j++) c[j] = add ? c[j] + tile[i * kPanel + j] : tile[i * kPanel + j];
  }
}

void multiply_packed(Index m, Index n, Index k, const MatrixView& a, const MatrixView& b, Scalar* c,
                     Index ldc, bool accumulate) {
  alignas(kVectorBytes) Scalar copy[kDepth * kPanel];
  // Where there are few terms several panels fit: memory is then read and written in longer runs.
  const Index group = std::clamp<Index>(kDepth / std::max<Index>(k, 1), 1, 8) * kPanel;
  const BlocksOf<kProductRows> rows(m);
  for (Index j = 0; j < n; j += group) {
    const Index width = std::min(group, n - j);
    for (Index p = 0; p < k; p += kDepth) {
      const Index depth = std::min(kDepth, k - p);
      const bool in_place = m <= kFewRows && width % kLanes == 0 && !b.transposed;
      for (Index q = 0; !in_place && q < width; q += kPanel) {
        const MatrixView panel = b.from(p, j + q);
        if (b.transposed) {
          pack_columns(panel, depth, width - q, copy + q * depth);
        } else {
          pack_rows(panel, depth, width - q, group, copy + q * depth);
        }
      }
      for (Index block = 0; block < rows.count; block++) {
        const Index i = rows.begin(block);
        for (Index q = 0; q < width; q += kPanel) {
          multiply_panel(rows.size(block), std::min(kPanel, width - q), a.from(i, p),
                         in_place ? b.at(p, j + q) : copy + q * depth, in_place ? b.pitch : kPanel, depth,
                         c + i * ldc + j + q, ldc, accumulate || p > 0);
        }
      }
    }
  }
}

// c[i][j] (+)= the scalar product of row i of A and row j of B^t, where A has few rows.
template <int kRows>
void scalar_products(Index n, Index k, const Scalar* a, Index lda, const Scalar* b, Index ldb, Scalar* c,
                     Index ldc, bool accumulate) {
  const Index vectors = k / kLanes, whole = vectors * kLanes;
  Vector rest[kRows];  // of each row
  for (int i = 0; i < kRows; i++) rest[i] = load_first(a + i * lda + whole, k - whole);
  for_each_block<block_width(kRows)>(n, [&](auto width, Index first) {
    Index offsets[width];
    Vector columns[width];
    for (int j = 0; j < width; j++) {
      offsets[j] = (first + j) * ldb;
      columns[j] = load_first(b + offsets[j] + whole, k - whole);
    }
    dot_block<kRows, width>(
        {a, lda, 0}, {b, 0, 0}, offsets, 1,
        vectors, [&](int i, int j, Vector sum) __attribute__((always_inline)) {
          Scalar& to = c[i * ldc + first + j];
          to = (accumulate ? to : 0) + sum_lanes(sum + rest[i] * columns[j]);
        });
  });
}

}  // namespace

void gemm_on_one_thread(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Scalar* a,
                        Index lda, const Scalar* b, Index ldb, Scalar* c, Index ldc, bool accumulate) {
  constexpr int kFew = 4;
  if (k == 0 && !accumulate) {
    for (Index i = 0; i < m; i++) std::fill_n(c + i * ldc, n, Scalar(0));
  } else if (m <= kFew && !transpose_a && transpose_b) {
    with_rows<kFew>(m, [&](auto rows) { scalar_products<rows>(n, k, a, lda, b, ldb, c, ldc, accumulate); });
  } else {
    multiply_packed(m, n, k, {a, lda, transpose_a}, {b, ldb, transpose_b}, c, ldc, accumulate);
  }
}

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Scalar* a, Index lda,
          const Scalar* b, Index ldb, Scalar* c, Index ldc, bool accumulate) {
  if (m == 0 || n == 0) return;  // as of an empty batch
  const MatrixView left{a, lda, transpose_a}, right{b, ldb, transpose_b};
  const auto block = [&](Index row, Index rows, Index column, Index columns) {
    gemm_on_one_thread(transpose_a, transpose_b, rows, columns, k, left.at(row, 0), lda, right.at(0, column),
                       ldb, c + row * ldc + column, ldc, accumulate);
  };
  // A block is worth about this many multiply-adds, some ten microseconds. Blocks of columns: each panel of B
  // is copied once.
  constexpr Index kBlockWork = Index{1} << 20;
  const Index panel_work = std::max<Index>(m * k * kPanel, 1), panels = kBlockWork / panel_work + 1;
  if (n > panels * kPanel || m <= kProductRows) {
    parallel_for(n, panels * kPanel, [&](Index begin, Index end) { block(0, m, begin, end - begin); });
  } else {
    const Index row_work = std::max<Index>(n * k, 1);
    const Index rows = (kBlockWork / row_work / kProductRows + 1) * kProductRows;
    parallel_for(m, rows, [&](Index begin, Index end) { block(begin, end - begin, 0, n); });
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
