// What the library says of a failure that is no reason to end a training.
#pragma once

#include <functional>
#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Where such a message goes: one sentence without an end, in which names of files stand as they are. What it
/// throws comes out of the call that warned, for a program that would rather end. An empty one drops the
/// message.
using WarningSink = std::function<void(const std::string& message)>;

/// "warning: MESSAGE" on standard error, as one line without control characters: what is done unless a program
/// gives another sink.
void print_warning(const std::string& message);

}  // namespace reel::inline REEL_PRECISION
