// Asks the system and the environment.
#include <reel/core/text/detail/terminal.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

bool knows_escapes(std::FILE* stream) {
  const char* kind = std::getenv("TERM");
  return is_terminal(stream) && !(kind && std::string_view(kind) == "dumb");
}

bool may_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  return knows_escapes(stream) && (!no_colour || !*no_colour);
}

// The first of these that is not empty decides, see setlocale(3).
bool may_print_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    const std::string_view locale = value;
    for (const char* utf8 : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
      if (locale.find(utf8) != std::string_view::npos) return true;
    }
    return false;
  }
  return true;
}

int terminal_columns() {
  const char* variable = std::getenv("COLUMNS");
  const int columns = parsed<int>(variable ? variable : "").value_or(0);
  if (columns > 0) return columns;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace reel::inline REEL_PRECISION
