// What somebody who mistyped a word may have meant. Internal to inspection.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The word that takes the fewest insertions, deletions and replacements of characters to become, the first
/// of equals; "" where none comes close.
std::string nearest(std::string_view word, std::span<const std::string> words);

}  // namespace reel::inline REEL_PRECISION::inspect
