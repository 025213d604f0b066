// A tensor that training changes.
#pragma once

#include <string>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// A named tensor with its gradient. Tape::backward adds to `grad`, which is undefined (no storage) until the
/// first backward and after zero_grad.
struct Parameter {
  std::string name;
  Tensor value;
  Tensor grad = {};
  bool trainable = true;  ///< false: no gradient is computed for it
};

}  // namespace reel::inline REEL_PRECISION
