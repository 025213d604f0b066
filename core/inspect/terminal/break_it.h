// Bugs that everybody writes once. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// What a backward of one's own gets wrong.
enum class Mistake {
  kFlip,          ///< the input's gradient of a convolution with the kernel not turned around
  kNoZeroGrad,    ///< the gradients of the step before are still there; here those of the same step
  kNoAccumulate,  ///< a gradient of several ops is only what the last of them made
  kNoBiasSum      ///< a bias gets the gradient of its first place instead of the sum over all
};

/// The first gradient, in the order of the events, that the mistake makes another: right and wrong beside
/// each other, what the differences of the loss say, and how the mistake is noticed. An Error where the step
/// has no place for the mistake, or none where it would show.
Answer break_it(const Trace& trace, Mistake mistake);

}  // namespace reel::inline REEL_PRECISION::inspect
