// Numbers in JSON. Internal to inspection.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The number; JSON knows no infinities and NaNs, which are the texts "inf", "-inf" and "nan".
nlohmann::json number_json(double number);

}  // namespace reel::inline REEL_PRECISION::inspect
