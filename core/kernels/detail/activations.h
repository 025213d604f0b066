// Functions of one number and their derivatives.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

enum class Function {
  kRelu,
  kLeakyRelu,
  kGelu,
  kSilu,
  kSigmoid,
  kTanh,
  kExp,
  kLog,
  kSqrt,
  kPow,
  kAbs,
  kClamp
};

/// A function with its constants: leaky_relu's slope or pow's exponent (a), clamp's limits (a and b).
struct Activation {
  Function function;
  Scalar a = 0, b = 0;
};

/// Whether the derivative is computed from the function's value y instead of its argument x.
bool derives_from_output(Function function);

/// y[i] = f(x[i])
void activate(const Activation& f, Scalar* y, const Scalar* x, Index n);
/// dx[i] = f'(x[i]) dy[i], where `saved` is y if derives_from_output, else x.
void activate_gradient(const Activation& f, Scalar* dx, const Scalar* dy, const Scalar* saved, Index n);

}  // namespace reel::inline REEL_PRECISION::kernels
