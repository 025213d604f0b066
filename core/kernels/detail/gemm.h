// Matrix products.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// C = op(A) op(B), or C += where `accumulate`: op(A) [M,K], op(B) [K,N], C [M,N], all row-major with leading
/// dimensions lda, ldb, ldc; op transposes where the flag says so (A is then stored as [K,M]). C overlaps
/// neither A nor B. Blocks of C run in parallel; the order of each sum depends on the sizes alone.
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Scalar* a, Index lda,
          const Scalar* b, Index ldb, Scalar* c, Index ldc, bool accumulate);

/// The same on the calling thread.
void gemm_on_one_thread(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Scalar* a,
                        Index lda, const Scalar* b, Index ldb, Scalar* c, Index ldc, bool accumulate);

}  // namespace reel::inline REEL_PRECISION::kernels
