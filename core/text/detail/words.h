// The words of a command line. Internal to inspection.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Without the blanks around it.
std::string_view trimmed(std::string_view text);
/// A command without its remark, from a # behind a blank on. "#3" is a node.
std::string_view without_remark(std::string_view line);
/// The first word of a trimmed text and the rest / what stands before the last word, and that word.
std::pair<std::string_view, std::string_view> split_first(std::string_view text);
std::pair<std::string_view, std::string_view> split_last(std::string_view text);
/// The number that a text is, all of it; none where it is something else.
std::optional<double> parse_number(std::string_view text);
std::optional<Index> parse_integer(std::string_view text);

}  // namespace reel::inline REEL_PRECISION
