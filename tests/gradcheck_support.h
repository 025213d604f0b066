// The gradient check of a test: exact in double, compiled but not run in float, whose rounding hides errors.
#pragma once

#include <doctest/doctest.h>

#include <reel/core/gradcheck.h>
#include <reel/core/random.h>

namespace reel_test {

inline void check_gradient([[maybe_unused]] const std::function<reel::Var(std::span<const reel::Var>)>& f,
                           [[maybe_unused]] const std::vector<reel::Tensor>& inputs) {
#ifdef REEL_F64
  const reel::GradcheckResult result = reel::gradcheck(f, inputs);
  CHECK_MESSAGE(result.error <= 1e-7, result.text());
#endif
}

/// Uniform numbers in [low, high), the same in every run; `stream` tells several tensors apart.
inline reel::Tensor uniform(const reel::Shape& shape, reel::Scalar low = -1, reel::Scalar high = 1,
                            std::uint64_t stream = 0) {
  reel::Tensor t = reel::Tensor::uninitialized(shape);
  reel::RandomStream(7, stream).fill_uniform(t.values(), low, high);
  return t;
}

}  // namespace reel_test

/// CHECK_GRADIENT(f, inputs...): backward of f, a function of span<const Var>, against differences, in
/// double.
#define CHECK_GRADIENT(f, ...) reel_test::check_gradient(f, {__VA_ARGS__})
