// A tensor that training changes.
#pragma once

#include <string>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// A named tensor with its gradient. Tape::backward adds to `grad`, which is undefined (no storage) until the
/// first backward and after zero_grad. Several threads may run backward for one parameter, each on a tape of its
/// own; whatever else reads or changes `grad` or `value` waits until they are done (see Tape).
struct Parameter {
  std::string name;
  Tensor value;
  Tensor grad = {};
  bool trainable = true;       ///< false: no gradient is computed for it
  bool has_optimizer = false;  ///< set by an optimiser that updates it
};

}  // namespace reel::inline REEL_PRECISION
