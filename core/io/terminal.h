// Whether there is a terminal, and what it can show. Internal to the library and its programs.
#pragma once

#include <cstdio>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Whether `stream` is a terminal, and whether it may be coloured: NO_COLOR is not set, or empty (no-color.org).
bool is_terminal(std::FILE* stream);
bool may_colour(std::FILE* stream);
/// Columns of the terminal on standard output, or what COLUMNS says; 80 where there is none.
int terminal_columns();

}  // namespace reel::inline REEL_PRECISION
