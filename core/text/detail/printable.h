// Texts of files, users and programs as a terminal may see them. Internal to the library and its programs.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// The text as a terminal may show it in one line: a line break is written out as "\n", another control
/// character as "\x1b" or "\u009b", what turns or breaks the line (Unicode's bidirectional controls and
/// separators) as "\u202e", a byte that is no UTF-8 as "\xff". All else stays, so doing it twice changes
/// nothing more.
std::string printable(std::string_view text);

/// The same of a text of several lines, which keep their breaks.
std::string printable_lines(std::string_view text);

/// A message as one readable line: printable, and of one with more than 4000 bytes only the beginning and the
/// end, " ... " between them.
std::string one_line(std::string_view message);

}  // namespace reel::inline REEL_PRECISION
