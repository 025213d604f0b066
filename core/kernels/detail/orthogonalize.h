// A matrix brought near the closest one with orthonormal rows or columns.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// How many scalars of scratch memory orthogonalize() needs.
Index orthogonalize_scratch(Index rows, Index columns);

/// x = U S V^T, [rows,columns], becomes about U V^T in place: x is divided by its Frobenius norm, or by eps where that
/// is less, and `steps` times replaced by (a I + b x x^T + c (x x^T)^2) x, which brings its singular values to
/// 0.7 ... 1.2 and leaves a 0 what it is. The quintic of Newton and Schulz with the coefficients of K. Jordan et al.,
/// "Muon: An optimizer for hidden layers in neural networks", 2024; Bernstein and Newhouse, arXiv:2409.20325. The bits
/// do not depend on the number of threads.
void orthogonalize(Scalar* x, Index rows, Index columns, Index steps, double eps, Scalar* scratch);

}  // namespace reel::inline REEL_PRECISION::kernels
