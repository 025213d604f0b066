// How errors say which indices there are. Internal to the library.
#pragma once

#include <string>

#include <fmt/format.h>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// "the indices -5 to 4" of a dimension of size 5, negative ones from its end on; "no index" of an empty one.
inline std::string indices_text(Index size) {
  return size == 0 ? "no index" : fmt::format("the indices {} to {}", -size, size - 1);
}

}  // namespace reel::inline REEL_PRECISION
