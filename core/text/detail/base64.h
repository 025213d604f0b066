// Bytes as text. Internal to the library and its programs.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// The bytes in base64, with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);

}  // namespace reel::inline REEL_PRECISION
