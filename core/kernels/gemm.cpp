// g++ 12 takes the undefined lanes of its own AVX-512 intrinsics for a mistake of the caller.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <reel/core/kernels/gemm.h>

#include <algorithm>

#include <Eigen/Core>

#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
using Map = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;

// A block is worth about this many multiply-adds, some ten microseconds; its side is a multiple of Eigen's
// register tiles.
constexpr Index kBlockWork = Index{1} << 20;
constexpr Index kTile = 48;

Index block_size(Index length, Index work_per_line) {
  const Index lines = kBlockWork / std::max<Index>(work_per_line, 1) + 1;
  return std::min((lines + kTile - 1) / kTile * kTile, length);
}

// A and B as stored; the transposed views cost nothing.
void add_product(bool transpose_a, bool transpose_b, const ConstMap& a, const ConstMap& b, Map c) {
  if (transpose_a && transpose_b) {
    c.noalias() += a.transpose() * b.transpose();
  } else if (transpose_a) {
    c.noalias() += a.transpose() * b;
  } else if (transpose_b) {
    c.noalias() += a * b.transpose();
  } else {
    c.noalias() += a * b;
  }
}

}  // namespace

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Scalar* a, Index lda,
          const Scalar* b, Index ldb, Scalar* c, Index ldc, bool accumulate) {
  const auto view = [](const Scalar* data, Index rows, Index columns, Index stride, bool transpose) {
    return transpose ? ConstMap(data, columns, rows, Eigen::OuterStride<>(stride))
                     : ConstMap(data, rows, columns, Eigen::OuterStride<>(stride));
  };
  const auto block = [=](Index row, Index rows, Index column, Index columns) {
    Map out(c + row * ldc + column, rows, columns, Eigen::OuterStride<>(ldc));
    if (!accumulate) out.setZero();
    add_product(transpose_a, transpose_b,
                view(a + (transpose_a ? row : row * lda), rows, k, lda, transpose_a),
                view(b + (transpose_b ? column * ldb : column), k, columns, ldb, transpose_b), out);
  };
  if (m >= n) {
    parallel_for(m, block_size(m, n * k), [&](Index begin, Index end) { block(begin, end - begin, 0, n); });
  } else {
    parallel_for(n, block_size(n, m * k), [&](Index begin, Index end) { block(0, m, begin, end - begin); });
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
