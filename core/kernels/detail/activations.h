// Functions of one number and their derivatives.
#pragma once

#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::kernels {

/// The constants of a function: leaky_relu's slope, pow's exponent or elu's alpha (a), clamp's limits (a, b).
struct Constants {
  Scalar a = 0, b = 0;
};

struct Function {
  std::string_view name;  ///< "leaky_relu"
  std::string_view value,
      derivative;  ///< how they are written, of x, the constants and the value y; see FunctionText
  std::string_view constants[2] = {};  ///< their names: {"negative_slope"}
  /// The operator of ONNX that it is, where there is one, and which attributes the constants are; operands where
  /// they are none.
  std::string_view onnx_type = {}, onnx_attributes[2] = {};
  bool derives_from_output = false;  ///< the derivative is computed from the value y instead of x
  bool is_gate = false;              ///< the value is x or 0; see FunctionText
  /// Of a function with kinks, -1, 0 or 1: x is below, at or between, or above them.
  int (*side)(Constants, Scalar x) = nullptr;
  /// y[i] = f(x[i])
  void (*activate)(Constants, Scalar* y, const Scalar* x, Index n);
  /// dx[i] = f'(x[i]) dy[i], where `saved` is y if derives_from_output, else x.
  void (*gradient)(Constants, Scalar* dx, const Scalar* dy, const Scalar* saved, Index n);
};

namespace functions {
using Row = const Function&();
Row relu, leaky_relu, gelu, silu, sigmoid, tanh, exp, log, sqrt, pow, abs, clamp, softplus, elu, hardswish,
    mish;
}  // namespace functions

}  // namespace reel::inline REEL_PRECISION::kernels
