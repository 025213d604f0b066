// Whether there is a terminal, and what it can show. Internal to the library and its programs.
#pragma once

#include <cstdio>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Whether `stream` is a terminal; one that knows escapes, by which a line is rewritten (TERM is not "dumb");
/// and one that may be coloured, too: NO_COLOR is not set, or empty (no-color.org).
bool is_terminal(std::FILE* stream);
bool knows_escapes(std::FILE* stream);
bool may_colour(std::FILE* stream);
/// Columns of the terminal on standard output, or what COLUMNS says; 80 where there is none.
int terminal_columns();

/// Whether characters beyond ASCII may be printed: the locale is a UTF-8 one, or none is set.
bool may_print_utf8();

}  // namespace reel::inline REEL_PRECISION
