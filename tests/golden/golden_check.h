// The comparison with a reference value.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "close.h"

namespace reel_test {

/// Checks that `found` is within kSumTolerance of `expected`; `what` is its case and tensor, for a failure.
inline void check_golden(const reel::Tensor& found, const reel::Tensor& expected, const std::string& what) {
  const double error = relative_error(found, expected);
  CHECK_MESSAGE(error <= kSumTolerance, what, ": error ", error, "\nfound ", found.text(), "\nexpected ",
                expected.text());
}

}  // namespace reel_test
