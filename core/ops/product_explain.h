// The sums of a matrix product, term by term, for the ops that are one. Internal to core/ops.
#pragma once

#include <reel/core/explain.h>

namespace reel::inline REEL_PRECISION::detail {

/// Of an op whose inputs are a and b, and a bias where there is one, and whose output is a b + bias: matrices
/// [..,M,K] and [..,K,N], or [N,K] where `transposed`; vectors; batches that broadcast. An element of the
/// output, sum over k of a * b; or of what it gives to a, sum of dy * b; to b, sum of dy * a; to the bias.
void explain_product(Explain& explain, bool transposed);

}  // namespace reel::inline REEL_PRECISION::detail
