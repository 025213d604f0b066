// What a lesson is: a story, and a step of training small enough to follow by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/tape.h>

namespace reel::apps {

/// What a lesson recorded, good while it plays.
struct Scene {
  const Tape& tape;
  Var loss;
  std::string picture = {};  ///< of what the network looks at, lines for the terminal; most show none
};
/// Looks at a scene: opens the stepper on it.
using Open = std::function<void(const Scene&)>;

struct Lesson {
  std::string_view name;   ///< as in `step NAME`
  std::string_view title;  ///< half a line for the list
  std::string_view story;  ///< what is computed and why, and at its end commands to try
  /// Records the step and opens it; tape, parameters and networks live that long.
  std::function<void(const Open&)> play;
};

/// What the lesson of LeNet reads and how its weights start.
struct DigitChoice {
  std::uint64_t seed = 1;
  std::string data;  ///< folder of MNIST; empty: a digit that Reel draws
};

/// All lessons in the textbook's order (Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapters 7
/// and 8).
std::vector<Lesson> lessons(const DigitChoice& choice);

// The parts of that list, each in a file of its own.

std::vector<Lesson> convolution_lessons();
std::vector<Lesson> geometry_lessons();
std::vector<Lesson> layer_lessons();
std::vector<Lesson> network_lessons(const DigitChoice& choice);

}  // namespace reel::apps
