// The events of a trace in words, and what exists at a time. Internal to inspection.
#pragma once

#include <optional>
#include <string>

#include <reel/core/inspect/detail/json.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The value or the gradient that an event made or added to.
TensorRef made_by(const Trace& trace, std::size_t event);
/// "x is given", "z = conv2d(x, w, b)", "dloss = 1, the seed", "dw from dz by conv2d"; "dx += from ..." where
/// the gradient has several contributions and this is not the first.
std::string event_text(const Trace& trace, std::size_t event);
Json event_json(const Trace& trace, std::size_t event);

/// The first time at which a tensor exists; never for the gradient of what gets none.
std::optional<std::size_t> first_time(const Trace& trace, TensorRef tensor);
/// The tensor as it is at `time`. One that comes later, or never, is an Error that says so.
Tensor existing(const Trace& trace, TensorRef tensor, std::size_t time);
/// Throws as `existing` does, for a gradient also while contributions to it are still to come.
void require_complete(const Trace& trace, TensorRef tensor, std::size_t time);
/// "1 of 2 contributions so far" of a gradient that is still to grow; else "".
std::string so_far_text(const Trace& trace, TensorRef tensor, std::size_t time);

}  // namespace reel::inline REEL_PRECISION::inspect
