// Other numbers in the same step: what would change. Internal to inspection.
#pragma once

#include <string_view>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/session.h>

namespace reel::inline REEL_PRECISION::inspect {

/// "T[...] v" or "T[...] = v": notes a value for the next rerun, in place of an earlier one of the same
/// number. A gradient is an Error.
Answer set_value(Session& session, std::string_view arguments);
/// The step with what was set, and per tensor that exists at the session's time what changed by it. An Error
/// where nothing is set, and where the step fails with it: then the session is as before, with nothing set.
Answer rerun(Session& session);
/// Back to the step as the program recorded it.
Answer reset(Session& session);

}  // namespace reel::inline REEL_PRECISION::inspect
