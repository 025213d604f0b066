// Six digits, "nan" without a sign, and no -0.
#include <reel/core/text/detail/number.h>

#include <cmath>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

std::string number_text(double number, int digits) {
  if (std::isnan(number)) return "nan";
  return fmt::format("{:.{}g}", number == 0 ? 0 : number, digits);  // no -0
}

std::string summand_text(double number) {
  return fmt::format(" {} {}", number < 0 ? '-' : '+', number_text(std::abs(number)));
}

std::string indices_text(Index size) {
  return size == 0 ? "no index" : fmt::format("the indices {} to {}", -size, size - 1);
}

}  // namespace reel::inline REEL_PRECISION
