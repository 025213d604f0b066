// Bugs that everybody writes once. Internal to inspection.
#pragma once

#include <string_view>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// What a backward of one's own may get wrong, by name:
///   flip           the input's gradient of a convolution with the kernel not turned around
///   no-zero-grad   the gradients of the step before are still there; here those of the same step
///   no-accumulate  a gradient of several ops is only what the last of them made
///   no-bias-sum    a bias gets the gradient of its first place instead of the sum over all
/// Shows the first gradient, in the order of the events, that the mistake makes another: right and wrong
/// beside each other, what the differences of the loss say, and how the mistake is noticed. An Error where
/// the step has no place for the mistake, or none where it would show, for another name, and before the end
/// of the step.
Answer break_it(const Trace& trace, std::string_view mistake, std::size_t time = Trace::kEnd,
                std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
