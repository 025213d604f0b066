// How people write the digits: the stroke descriptions that GeneratedDigits draws from.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

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
class Stroke {
 public:
  constexpr Stroke() = default;
  constexpr Stroke(std::initializer_list<Point> points) : size_(points.size()) {
    std::copy(points.begin(), points.end(), points_.begin());
  }
  constexpr std::span<const Point> points() const { return {points_.data(), size_}; }

 private:
  static constexpr std::size_t kMaxPoints = 13;  // a constant expression with more does not compile
  std::array<Point, kMaxPoints> points_{};
  std::size_t size_ = 0;
};

/// One way to write a digit, in one stroke (the second is empty) or two. `share` is how often it is drawn,
/// relative to the digit's other forms.
struct Form {
  double share;
  Stroke strokes[2];
};

/// All the ways to write `digit`, 0 to 9.
std::span<const Form> forms(int digit);

}  // namespace reel::inline REEL_PRECISION::digits
