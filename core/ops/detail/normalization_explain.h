// The terms of normalisation by mean and deviation, for batch norm and layer norm. Internal to core/ops.
#pragma once

#include <functional>

#include <reel/core/explain.h>

namespace reel::inline REEL_PRECISION::detail {

/// y = xhat weight + bias with xhat = (x - mean) / deviation.
struct Normalization {
  Shape groups;  ///< x's with one element for all that share mean and deviation: [1,C,1,1]
  Shape affine;  ///< of weight and bias, as they are broadcast to x: [C,1,1]
  std::function<double(Index)> mean, inverse_deviation;  ///< of a group
  bool own_statistics;                                   ///< mean and deviation depend on x
};

/// The element that is asked for, of an op whose inputs are x, then weight and bias where there are any.
void explain_normalization(Explain& explain, const Normalization& normalization);

}  // namespace reel::inline REEL_PRECISION::detail
