// What somebody who mistyped a word may have meant. Internal to inspection.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// The word that takes the fewest changes to become: insertions, deletions and replacements of a character,
/// and neighbours that change places; upper and lower case are the same. Of equals that with the longest
/// common beginning, then the first; "" where none comes close, and of a word of more than 200 bytes.
std::string nearest(std::string_view word, std::span<const std::string> words);

/// "; did you mean \"loss\"?", or `otherwise` where none comes close.
std::string suggestion(std::string_view word, std::span<const std::string> words,
                       std::string_view otherwise = "");

}  // namespace reel::inline REEL_PRECISION
