// Lines that fit a terminal. Internal to inspection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Characters of UTF-8, for names are a user's.
std::size_t width_of(std::string_view text);

/// The pieces of a text between its line breaks; of "" one.
std::vector<std::string> lines_of(std::string_view text);

/// Whether no line of a text has more than `columns` characters; 0: any number.
bool fits(std::string_view text, std::size_t columns);

/// The lines of a text, those with more than `columns` characters broken at blanks, and what is left of them
/// deeper than their beginning. A word that is longer stands in a line of its own. 0: as they are.
std::string wrapped(std::string_view text, std::size_t columns);

}  // namespace reel::inline REEL_PRECISION
