// What a command of the stepper answers. Internal to inspection.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

// clang-tidy fears the invariants that moving a json checks; they hold.
struct Answer {         // NOLINT(bugprone-exception-escape)
  std::string text;     ///< for people: lines, each ended by '\n'
  nlohmann::json data;  ///< the same for programs: an object
};

}  // namespace reel::inline REEL_PRECISION::inspect
