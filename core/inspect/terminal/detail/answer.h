// What a command of the stepper answers. Functions that take a `width` fit their text into so many characters
// a line; 0 is any width. Internal to inspection.
#pragma once

#include <string>

#include <reel/core/inspect/detail/json.h>

namespace reel::inline REEL_PRECISION::inspect {

struct Answer {
  std::string text;  ///< for people: lines, each ended by '\n'
  Json data;         ///< the same for programs: an object
};

}  // namespace reel::inline REEL_PRECISION::inspect
