// Numbers for tests.
#pragma once

#include <reel/core/random.h>
#include <reel/core/tensor.h>

namespace reel_test {

/// Uniform numbers in [low, high), the same in every run; `stream` tells several tensors apart.
inline reel::Tensor uniform(const reel::Shape& shape, reel::Scalar low = -1, reel::Scalar high = 1,
                            std::uint64_t stream = 0) {
  reel::Tensor t = reel::Tensor::uninitialized(shape);
  reel::RandomStream(7, stream).fill_uniform(t.mutable_values(), low, high);
  return t;
}

}  // namespace reel_test
