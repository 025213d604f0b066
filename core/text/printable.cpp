// UTF-8 byte by byte: what moves the terminal, or is no character, is escaped.
#include <reel/core/text/detail/printable.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/text/detail/wrap.h>

namespace reel::inline REEL_PRECISION {
namespace {

struct Utf8Character {
  std::size_t size;  // in bytes; 0 where the text does not start with a valid character
  char32_t code;
};

// RFC 3629, section 3: as many ones as the first byte begins with is the size, but none of a single byte; its
// other bits are the first of the code.
Utf8Character first_character(std::string_view text) {
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};  // that needs so many bytes
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto ones = static_cast<std::size_t>(std::countl_one(lead)), size = std::max<std::size_t>(ones, 1);
  if (ones == 1 || ones > 4 || size > text.size()) return {0, 0};
  char32_t code = lead & (0x7fu >> ones);
  for (std::size_t i = 1; i < size; i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return {0, 0};
    code = code << 6 | (byte & 0x3fu);
  }
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < kLeast[size] || code > 0x10ffff || surrogate) return {0, 0};
  return {size, code};
}

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
  const auto inside = [&](std::size_t i) { return (static_cast<unsigned char>(message[i]) & 0xc0) == 0x80; };
  std::size_t first = kMost - kEnd, last = message.size() - kEnd;
  while (first > kMost - kEnd - 3 && inside(first)) first--;
  while (last < message.size() - kEnd + 3 && inside(last)) last++;
  return printable(message.substr(0, first)) + " ... " + printable(message.substr(last));
}

}  // namespace reel::inline REEL_PRECISION
