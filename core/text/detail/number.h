// How numbers are written. Internal to the library.
#pragma once

#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// "-1.5", as many significant digits at most; "nan", "inf" and "-inf".
std::string number_text(double number, int digits = 6);
/// "61,706"
std::string grouped_text(Index number);
/// " + 37", " - 80": what follows the first number of a sum.
std::string summand_text(double number);
/// "the indices -5 to 4" of a dimension of size 5, negative ones from its end on; "no index" of an empty one.
std::string indices_text(Index size);

}  // namespace reel::inline REEL_PRECISION
