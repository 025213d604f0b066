// The gradient check of a test: exact in double, compiled but not run in float, whose rounding hides errors.
#pragma once

#include <doctest/doctest.h>

#include <reel/core/gradcheck.h>

#include "close.h"
#include "uniform.h"

namespace reel_test {

/// Skips a test that would assert nothing in float: TEST_CASE("..." * in_double_alone()).
inline doctest::skip in_double_alone() { return doctest::skip(!kDouble); }

inline void check_gradient([[maybe_unused]] const std::function<reel::Var(std::span<const reel::Var>)>& f,
                           [[maybe_unused]] const std::vector<reel::Tensor>& inputs) {
#ifdef REEL_F64
  const reel::GradcheckResult result = reel::gradcheck(f, inputs);
  CHECK_MESSAGE(result.error <= kGradientTolerance, result.text());
#endif
}

}  // namespace reel_test

/// CHECK_GRADIENT(f, inputs...): backward of f, a function of span<const Var>, against differences, in
/// double.
#define CHECK_GRADIENT(f, ...) reel_test::check_gradient(f, {__VA_ARGS__})
