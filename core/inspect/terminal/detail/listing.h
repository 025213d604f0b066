// All events of a trace. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// A line for each event with its number, what it does, the shape of what it makes, and the program's line;
/// ">" marks the last that has happened at `time`.
Answer list(const Trace& trace, std::size_t time, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
