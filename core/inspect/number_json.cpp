#include <reel/core/inspect/number_json.h>

#include <cmath>

#include <nlohmann/json.hpp>

namespace reel::inline REEL_PRECISION::inspect {

nlohmann::json number_json(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  return number;
}

}  // namespace reel::inline REEL_PRECISION::inspect
