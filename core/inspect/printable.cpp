#include <reel/core/inspect/printable.h>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION::inspect {

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // in UTF-8 the controls U+0080 to U+009F
      result += fmt::format("\\x{:02x}", next);
      i++;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION::inspect
