// A tensor as the page reads it. Internal to inspection.
#pragma once

#include <reel/core/inspect/detail/json.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION::inspect {

/// {"numel", "data"}: all elements as little-endian float32 in base64, row-major. Of a tensor with more than
/// `max_elements`, which is read where it lies:
/// {"numel", "stats": {"min", "max", "mean", "std", "zeros", "nonfinite"},
///  "histogram": {"low", "high", "counts"}, "top": [[element, value], ...],
///  "crop": {"start", "shape", "data"}}
/// Statistics and histogram are of the finite elements, std divides by their number; "top" has the 16 of
/// largest magnitude, the largest first, and before them what is not finite; the crop stands at the tensor's
/// beginning.
Json tensor_data(const Tensor& tensor, Index max_elements);

/// How many bytes the elements in it take.
Index tensor_data_size(const Tensor& tensor, Index max_elements);

}  // namespace reel::inline REEL_PRECISION::inspect
