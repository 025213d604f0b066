// Breaks lines at blanks, within a width.
#include <reel/core/text/detail/wrap.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string wrapped_line(std::string_view line, std::size_t columns) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const std::string indent(std::min(blanks + kHangingIndent, columns / 2), ' ');
  std::string done, rest(line);
  while (width_of(rest) > columns) {
    const std::size_t at = break_of(rest, columns);
    const std::size_t next = at == kNoBlank ? kNoBlank : rest.find_first_not_of(' ', at);
    if (next == kNoBlank) break;
    done.append(rest, 0, at).append("\n");
    rest = indent + rest.substr(next);
  }
  return done + rest;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return lines;
}

bool fits(std::string_view text, std::size_t columns) {
  return columns == 0 || std::ranges::all_of(lines_of(text), [&](const std::string& line) {
           return width_of(line) <= columns;
         });
}

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::vector<std::string> lines = lines_of(text);
  for (std::string& line : lines) line = wrapped_line(line, columns);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace reel::inline REEL_PRECISION
