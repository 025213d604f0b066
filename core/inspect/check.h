// A gradient beside the difference of the losses that it predicts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// How many of an op's choices (the sides of a relu, the pixels that a max pool takes) are not the same at
/// x - h, x and x + h.
struct Flips {
  std::size_t node;
  Index count;
};

/// The gradient of the loss with respect to one number x, computed in two ways.
struct CheckResult {
  std::optional<double> analytic;  ///< by backward; none where the number's node gets no gradient
  double numeric;                  ///< (above - below) / 2h
  double h;                        ///< as it was after rounding
  double below, above;             ///< the loss at x - h and x + h
  /// What rounding of the two losses may have made of `numeric`, and what the curvature of the loss has, as a
  /// step of h/2 shows it; 0 where that is no more than rounding.
  double rounding, curvature;
  int digits;                ///< decimal digits of `numeric` that both leave; 0 where something flipped
  std::vector<Flips> flips;  ///< by op; where there are any, the difference spans a kink

  Index flip_count() const;
  /// How far the two may be apart by rounding and curvature.
  double tolerance() const;
  /// How many of the digits are the same, of a number that backward gives a gradient.
  int equal_digits() const;
  /// "backward -4, differences -4 (h = 6.1e-06): equal in 9 of the 9 digits that differences can tell"; instead
  /// of the digits "both are 0", "2 flips: a kink, not a bug" or "the loss is nan: nothing to compare".
  std::string text() const;
};

/// Evaluates the loss with one element of a node, a leaf's or one that an op computed, moved up and down by
/// `h`, and by half of it; 0 takes the cube root of Scalar's precision times max(1, |x|), where rounding and
/// curvature balance. An element that is out of range is a ShapeError, and an `h` that is lost in x an Error.
CheckResult check(const Trace& trace, std::size_t node, Index element, double h = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
