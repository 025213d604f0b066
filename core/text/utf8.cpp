// UTF-8 byte by byte (RFC 3629), and the blocks of wide characters.
#include <reel/core/text/detail/utf8.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace reel::inline REEL_PRECISION {

// RFC 3629, section 3: as many ones as the first byte begins with is the size, but none of a single byte; its
// other bits are the first of the code.
Utf8Character first_character(std::string_view text) {
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};  // that needs so many bytes
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto ones = static_cast<std::size_t>(std::countl_one(lead)), size = std::max<std::size_t>(ones, 1);
  if (ones == 1 || ones > 4 || size > text.size()) return {0, 0};
  char32_t code = lead & (0x7fu >> ones);
  for (std::size_t i = 1; i < size; i++) {
    if (!goes_on_a_character(text[i])) return {0, 0};
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < kLeast[size] || code > 0x10ffff || surrogate) return {0, 0};
  return {size, code};
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.substr(text.starts_with(kMark) ? kMark.size() : 0);
}

bool is_wide(char32_t code) {
  constexpr std::array<std::pair<char32_t, char32_t>, 11> kWide{{
      {0x1100, 0x115f},    // Hangul Jamo
      {0x2e80, 0x303e},    // radicals, punctuation
      {0x3041, 0xa4cf},    // Kana to Yi, the Chinese characters among them
      {0xac00, 0xd7a3},    // Hangul
      {0xf900, 0xfaff},    // more Chinese characters
      {0xfe30, 0xfe6f},    // vertical and small punctuation
      {0xff00, 0xff60},    // full-width letters and punctuation
      {0xffe0, 0xffe6},    // full-width signs
      {0x1f300, 0x1f64f},  // pictures
      {0x1f900, 0x1f9ff},
      {0x20000, 0x3fffd},  // rare Chinese characters
  }};
  return std::ranges::any_of(kWide, [&](auto range) { return range.first <= code && code <= range.second; });
}

}  // namespace reel::inline REEL_PRECISION
