// How people write the digits: the stroke descriptions that GeneratedDigits draws from.
#pragma once

#include <span>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::digits {

/// How the pen passes a control point: in one smooth curve, or turning on the spot.
enum class Turn { kSmooth, kSharp };

/// A control point of a stroke, in hundredths of the digit's height: x goes right, y goes down.
struct Point {
  double x, y;
  Turn turn = Turn::kSmooth;
};

/// What the pen draws without being lifted: a curve through the points in order.
using Stroke = std::vector<Point>;

/// One way to write a digit; `share` is how often people do, relative to the digit's other forms.
struct Form {
  double share;
  std::vector<Stroke> strokes;
};

/// All the ways to write `digit`, 0 to 9.
std::span<const Form> forms(int digit);

}  // namespace reel::inline REEL_PRECISION::digits
