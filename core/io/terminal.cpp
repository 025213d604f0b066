#include <reel/core/io/terminal.h>

#include <unistd.h>

#include <cstdlib>

namespace reel::inline REEL_PRECISION {

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

bool may_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal(stream) && (!no_colour || !*no_colour);
}

}  // namespace reel::inline REEL_PRECISION
