// Lines that fit a terminal, and paragraphs of lines. Internal to the library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Columns of a terminal that a text of UTF-8 takes: one for each character, two for a wide one.
std::size_t width_of(std::string_view text);

/// The pieces of a text between its line breaks; of "" one.
std::vector<std::string> lines_of(std::string_view text);

/// The paragraphs of a text, which empty lines part, the lines of each as one: with a blank between two of them, but none
/// between Chinese characters nor beside their punctuation.
std::vector<std::string> paragraphs_of(std::string_view text);

/// Whether no line of a text takes more than `columns`; 0: any number.
bool fits(std::string_view text, std::size_t columns);

/// The lines of a text, those that take more than `columns` broken at blanks and beside wide characters, and what is
/// left of them deeper than their beginning. A word that is longer stands in a line of its own. 0: as they are.
std::string wrapped(std::string_view text, std::size_t columns);

}  // namespace reel::inline REEL_PRECISION
