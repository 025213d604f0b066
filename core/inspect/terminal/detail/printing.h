// The numbers of a tensor. Internal to inspection.
#pragma once

#include <string_view>

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/session.h>

namespace reel::inline REEL_PRECISION::inspect {

/// A tensor, or a slice of it as in PyTorch, with its name and shape; one number as "loss = 15".
Answer print(const Session& session, std::string_view slice);
/// The tensor that an event made or added to, as it is then; of a large one, how to see it.
Answer print_made(const Trace& trace, std::size_t event);

}  // namespace reel::inline REEL_PRECISION::inspect
