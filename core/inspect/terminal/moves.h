// Forward and back through the events. Internal to inspection.
#pragma once

#include <string_view>

#include <reel/core/inspect/terminal/answer.h>
#include <reel/core/inspect/terminal/session.h>

namespace reel::inline REEL_PRECISION::inspect {

/// Each says where the session then stands and, forward, what is new there: its numbers or, while predicting,
/// a question. `step_forward` stops at breakpoints, and so do `run_to`, forward, and `run_until`.
Answer step_forward(Session& session, std::string_view count);
Answer step_back(Session& session, std::string_view count);
Answer go_to(Session& session, std::string_view time);
Answer run_to(Session& session, std::size_t time);
/// To the next event that makes a tensor or adds to it.
Answer run_until(Session& session, std::string_view tensor);

/// What there is at a breakpoint or not: `break`, `break off`, `break nan`.
Answer set_breakpoint(Session& session, std::string_view name);
/// "event 4 of 22: z = conv2d(x, w, b)    next: a = relu(z)"
Answer where(const Session& session);

}  // namespace reel::inline REEL_PRECISION::inspect
