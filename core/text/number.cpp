// Six digits, "nan" without a sign, and no -0.
#include <reel/core/text/detail/number.h>

#include <cmath>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  return fmt::format("{:.6g}", number == 0 ? 0 : number);  // no -0
}

std::string summand_text(double number) {
  return fmt::format(" {} {}", number < 0 ? '-' : '+', number_text(std::abs(number)));
}

}  // namespace reel::inline REEL_PRECISION
