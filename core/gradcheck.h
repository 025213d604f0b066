// Compares the gradients of a function of Vars with differences of its values.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <reel/core/copied_by_member.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

struct GradcheckOptions {
  /// Distance between the points of the stencil, times max(1, |x|). Keep every input 2 steps away from kinks.
  double step = sizeof(Scalar) == sizeof(double) ? 1e-3 : 2e-2;
  std::uint64_t seed = 1;  ///< of the random projection; the program's generator is not used
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// The element whose gradient disagrees most.
struct GradcheckResult {
  double error = 0;       ///< max |analytic - numeric| / max |numeric| over the elements of one input
  std::size_t input = 0;  ///< which input, counted from 0
  Index element = 0;      ///< its position in the input, row-major
  double analytic = 0;    ///< by Tape::backward
  double numeric = 0;     ///< by differences

  /// "gradcheck: error 3.1e-02 at element 4 of input 1: backward gives 0.5, differences give 0.516"
  std::string text() const;
};

/// Checks d(sum(f(inputs) * r)) / d(input) for a fixed random tensor r: backward against the central
/// difference of fourth order, (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h. Double reaches an error of
/// about 1e-10; in float it is a rough check only, to some 1e-3. An input without any influence (all numeric
/// gradients below rounding) is judged by |analytic - numeric| itself; a NaN or infinity is an infinite
/// error.
///
/// The inputs are recorded as parameters whose gradients already hold numbers, so an error also shows where
/// backward does not add. They are not modified. Each evaluation of f starts from the same state of the
/// program's generator (dropout draws the same mask), which is restored in the end.
GradcheckResult gradcheck(const std::function<Var(std::span<const Var>)>& f,
                          Located<std::span<const Tensor>> inputs, GradcheckOptions options = {});

}  // namespace reel::inline REEL_PRECISION
