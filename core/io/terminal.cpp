#include <reel/core/io/terminal.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace reel::inline REEL_PRECISION {

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

bool may_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal(stream) && (!no_colour || !*no_colour);
}

int terminal_columns() {
  const char* variable = std::getenv("COLUMNS");
  const std::string_view said = variable ? variable : "";
  int columns = 0;
  const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), columns);
  if (error == std::errc() && end == said.data() + said.size() && columns > 0) return columns;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace reel::inline REEL_PRECISION
