// Breaks lines at blanks, within a width.
#include <reel/core/text/detail/wrap.h>

#include <algorithm>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::size_t kHangingIndent = 4;
constexpr auto kNoBlank = std::string_view::npos;

// Where a line is broken: at the last blank that leaves no more than `columns` before it, or else at the
// next.
std::size_t break_of(std::string_view line, std::size_t columns) {
  std::size_t best = kNoBlank;
  for (std::size_t at = line.find_first_not_of(' '); (at = line.find(' ', at)) != kNoBlank;
       at = line.find_first_not_of(' ', at)) {
    if (best != kNoBlank && width_of(line.substr(0, at)) > columns) break;
    best = at;
  }
  return best;
}

void append_wrapped(std::string& to, std::string_view line, std::size_t columns) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const std::string indent(std::min(blanks + kHangingIndent, columns / 2), ' ');
  std::string rest(line);
  while (width_of(rest) > columns) {
    const std::size_t at = break_of(rest, columns);
    const std::size_t next = at == kNoBlank ? kNoBlank : rest.find_first_not_of(' ', at);
    if (next == kNoBlank) break;
    to.append(rest, 0, at).append("\n");
    rest = indent + rest.substr(next);
  }
  to += rest;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    append_wrapped(result, text.substr(0, end), columns);
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION
