// Names as a terminal may see them. Internal to inspection.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The text with control characters written out, "\n" and "\x1b", so that no name moves the cursor.
std::string printable(std::string_view text);

}  // namespace reel::inline REEL_PRECISION::inspect
