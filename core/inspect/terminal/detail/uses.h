// What reads a number. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The numbers that read an element of a node, each with the factor by which the element moves it: the weight
/// of a product, the derivative of a function. Of many the first 32. Ops that have not run at `time` are
/// named alone. See for_each_use.
Answer uses(const Trace& trace, std::size_t node, Index element, std::size_t time, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
