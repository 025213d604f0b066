// Character by character: what moves the terminal, or is no character, is escaped.
#include <reel/core/text/detail/printable.h>

#include <cstddef>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/text/detail/wrap.h>

#include <reel/core/text/detail/utf8.h>

namespace reel::inline REEL_PRECISION {
namespace {

bool moves_the_terminal(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;  // C0, DEL and C1
  return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [size, code] = first_character(text);
    const std::size_t taken = size == 0 ? 1 : size;
    if (size == 0) {
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (!moves_the_terminal(code)) {
      result += text.substr(0, size);
    } else if (code == '\n') {
      result += "\\n";
    } else if (code < 0x80) {
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<unsigned>(code));
    } else {
      fmt::format_to(std::back_inserter(result), "\\u{:04x}", static_cast<unsigned>(code));
    }
    text.remove_prefix(taken);
  }
  return result;
}

std::string printable_lines(std::string_view text) {
  std::vector<std::string> lines = lines_of(text);
  for (std::string& line : lines) line = printable(line);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string one_line(std::string_view message) {
  constexpr std::size_t kMost = 4000, kEnd = 1000;
  if (message.size() <= kMost) return printable(message);
  // Both cuts fall between characters.
  const auto inside = [&](std::size_t i) { return goes_on_a_character(message[i]); };
  std::size_t first = kMost - kEnd, last = message.size() - kEnd;
  while (first > kMost - kEnd - 3 && inside(first)) first--;
  while (last < message.size() - kEnd + 3 && inside(last)) last++;
  return printable(message.substr(0, first)) + " ... " + printable(message.substr(last));
}

}  // namespace reel::inline REEL_PRECISION
