#include <reel/core/kernels/detail/orthogonalize.h>

#include <algorithm>
#include <cmath>

#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/kernels/detail/optimizer.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Scalar kA = Scalar(3.4445), kB = Scalar(-4.7750), kC = Scalar(2.0315);

// y[i] = p x[i] + q y[i]
void blend(Scalar p, const Scalar* x, Scalar q, Scalar* y, Index n) {
  constexpr Index kGrain = 65536;
  parallel_for(n, kGrain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; i++) y[i] = p * x[i] + q * y[i];
  });
}

}  // namespace

Index orthogonalize_scratch(Index rows, Index columns) {
  const Index side = std::min(rows, columns);
  return 2 * side * side + rows * columns;
}

void orthogonalize(Scalar* x, Index rows, Index columns, Index steps, double eps, Scalar* scratch) {
  const Index side = std::min(rows, columns), n = rows * columns;
  Scalar *gram = scratch, *polynomial = gram + side * side, *product = polynomial + side * side;
  const double norm = std::sqrt(sum_of_squares(x, n));
  scale_in_place(x, static_cast<Scalar>(1 / std::max(norm, eps)), n);
  // Of a tall x the smaller x^T x, from the right: the same values.
  const bool tall = rows > columns;
  for (Index step = 0; step < steps; step++) {
    gemm(tall, !tall, side, side, std::max(rows, columns), x, columns, x, columns, gram, side, false);
    gemm(false, false, side, side, side, gram, side, gram, side, polynomial, side, false);
    blend(kB, gram, kC, polynomial, side * side);
    if (tall) {
      gemm(false, false, rows, columns, side, x, columns, polynomial, side, product, columns, false);
    } else {
      gemm(false, false, rows, columns, side, polynomial, side, x, columns, product, columns, false);
    }
    blend(1, product, kA, x, n);
  }
}

}  // namespace reel::inline REEL_PRECISION::kernels
