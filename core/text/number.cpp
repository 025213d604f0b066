// Six digits, "nan" without a sign, and no -0.
#include <reel/core/text/detail/number.h>

#include <cmath>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

std::string number_text(double number, int digits) {
  if (std::isnan(number)) return "nan";
  return fmt::format("{:.{}g}", number == 0 ? 0 : number, digits);  // no -0
}

std::string grouped_text(Index number) {
  std::string text = fmt::format("{}", number);
  const std::ptrdiff_t first = number < 0 ? 1 : 0;
  for (std::ptrdiff_t at = std::ssize(text) - 3; at > first; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string summand_text(double number) {
  return fmt::format(" {} {}", number < 0 ? '-' : '+', number_text(std::abs(number)));
}

std::string indices_text(Index size) {
  return size == 0 ? "no index" : fmt::format("the indices {} to {}", -size, size - 1);
}

}  // namespace reel::inline REEL_PRECISION
