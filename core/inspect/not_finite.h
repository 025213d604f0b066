// Where a computation went wrong.
#pragma once

#include <optional>

#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The first node in execution order whose value has an infinity or a NaN, if there is one: an op made it, or
/// a leaf brought it along. It computes what is not kept, on a tape that records: another has let go of
/// values.
std::optional<NodeInfo> first_not_finite(const Tape& tape);

/// The op whose backward made the first gradient that has an infinity or a NaN, if there is one. Of several
/// ops that read the same value, the first of them. On a tape with keep_grads, after backward.
std::optional<NodeInfo> first_not_finite_gradient(const Tape& tape);

/// Whether no element is infinite or NaN.
bool all_finite(const Tensor& tensor);

}  // namespace reel::inline REEL_PRECISION::inspect
