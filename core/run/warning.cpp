// Warnings as people see them.
#include <reel/core/run/warning.h>

#include <cstdio>

#include <fmt/format.h>

#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION {

void print_warning(const std::string& message) {
  const std::string line = one_line(fmt::format("warning: {}", message)) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace reel::inline REEL_PRECISION
