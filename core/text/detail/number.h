// How numbers are written. Internal to the library.
#pragma once

#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// "-1.5", six significant digits; "nan", "inf" and "-inf".
std::string number_text(double number);
/// " + 37", " - 80": what follows the first number of a sum.
std::string summand_text(double number);

}  // namespace reel::inline REEL_PRECISION
