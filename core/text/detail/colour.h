// Colours of the terminal. Internal to inspection.
#pragma once

#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Negative numbers in red, and bold what a number changed to, as in "-24 -> 10".
std::string coloured(const std::string& text);

}  // namespace reel::inline REEL_PRECISION
