// What a step computes. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// For each op its multiply-adds (MACs) in one forward pass as nested loops, and its share of all of them; of
/// an op without any, how many elements it computes.
Answer cost(const Trace& trace, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
