// Characters of UTF-8. Internal to the library.
#pragma once

#include <cstddef>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

struct Utf8Character {
  std::size_t size;  // in bytes; 0 where the text does not start with a valid character
  char32_t code;
};

/// The first character of a text that is not empty.
Utf8Character first_character(std::string_view text);

/// Whether a byte is one of a character's that are not its first.
constexpr bool goes_on_a_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// The text behind the mark that editors of Windows begin a file with.
std::string_view without_byte_order_mark(std::string_view text);

/// Whether a terminal shows it in two columns, as Chinese characters and their punctuation: Unicode's East Asian widths
/// W and F.
bool is_wide(char32_t code);

}  // namespace reel::inline REEL_PRECISION
