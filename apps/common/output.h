// Printing that cannot end the work: a full disk below the log is no reason to lose a training.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <reel/core/text/detail/printable.h>

namespace reel::apps {

/// Opens /dev/null in the place of a standard stream that the caller has closed, so that no file of the
/// program's gets its number, and warnings with it.
void open_standard_streams();

/// Writes to a standard stream. A failure is remembered, not thrown; see output_failure().
void write_text(std::FILE* stream, const std::string& text);

/// To standard output.
template <class... Args>
void print_text(fmt::format_string<Args...> format, Args&&... args) {
  write_text(stdout, fmt::format(format, std::forward<Args>(args)...));
}
/// A message to standard error, as one line, whatever the names in it have of breaks and control characters.
template <class... Args>
void complain(fmt::format_string<Args...> format, Args&&... args) {
  write_text(stderr, one_line(fmt::format(format, std::forward<Args>(args)...)) + "\n");
}

/// Flushes standard output. Why it is not whole; empty where it is.
std::string output_failure();

}  // namespace reel::apps
