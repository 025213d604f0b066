// Finds the numbers in a text: negative ones are red, changed ones bold.
#include <reel/core/text/detail/colour.h>

#include <cctype>
#include <string_view>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::string_view kRed = "\x1b[31m", kBold = "\x1b[1m", kOff = "\x1b[0m";

// Where a number that stands by itself ends, or `at` where none begins there.
std::size_t number_end(std::string_view text, std::size_t at) {
  if (at > 0 && std::string_view(" ([,\n").find(text[at - 1]) == std::string_view::npos) return at;
  std::size_t end = at;
  if (end < text.size() && text[end] == '-') end++;
  if (text.substr(end, 3) == "inf") return end + 3;
  if (end == text.size() || !std::isdigit(static_cast<unsigned char>(text[end]))) return at;
  while (end < text.size()) {
    const bool exponent_sign = (text[end] == '-' || text[end] == '+') && text[end - 1] == 'e';
    if (!exponent_sign && text[end] != '.' && text[end] != 'e' &&
        !std::isdigit(static_cast<unsigned char>(text[end]))) {
      break;
    }
    end++;
  }
  return end;
}

}  // namespace

std::string coloured(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = number_end(text, at);
    const bool negative = text[at] == '-', changed = result.ends_with("-> ");
    if (end == at || (!negative && !changed)) {
      result += text[at++];
      continue;
    }
    if (changed) result += kBold;
    if (negative) result += kRed;
    result.append(text, at, end - at).append(kOff);
    at = end;
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION
