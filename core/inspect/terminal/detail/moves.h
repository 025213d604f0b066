// Forward and back through the events. Internal to inspection.
#pragma once

#include <string_view>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/session.h>

namespace reel::inline REEL_PRECISION::inspect {

/// Each says where the session then stands and, forward, what is new there: its numbers or, while predicting,
/// a question. `step_forward`, `run_to` and `run_until` stop at breakpoints; `run_to` an earlier time runs
/// from the start.
Answer step_forward(Session& session, std::string_view count);
Answer step_back(Session& session, std::string_view count);
Answer go_to(Session& session, std::string_view time);
Answer run_to(Session& session, std::size_t time);
/// To the next event that makes a tensor or adds to it.
Answer run_until(Session& session, std::string_view tensor);

/// "nan" adds a breakpoint and says where it was met first, if that is in the past; "off nan" removes it,
/// "off" all of them, "" only lists them.
Answer set_breakpoint(Session& session, std::string_view name);
/// "event 4 of 22: z = conv2d(x, w, b)    next: a = relu(z)"
Answer where(const Session& session);

}  // namespace reel::inline REEL_PRECISION::inspect
