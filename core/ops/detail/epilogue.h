// The epilogue of an op in terms of the kernels. Internal to the .cpp files of ops.
#pragma once

#include <utility>

#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/op.h>

namespace reel::inline REEL_PRECISION {

/// `bias` [channels] may be undefined.
inline kernels::EpilogueView kernel_epilogue(const Epilogue& epilogue, const Tensor& bias) {
  const auto& [mean, scale, shift] = epilogue.map;
  return {.bias = bias.data(),
          .map = {mean.data(), scale.data(), shift.data()},
          .addend = epilogue.addend.data(),
          .relu = epilogue.relu};
}

/// y after the epilogue, in y's own memory.
inline Tensor finished(Tensor y, const Epilogue& epilogue) {
  Scalar* data = y.mutable_data();
  kernels::finish(data, data, kernel_epilogue(epilogue, {}).plane(0, 0), y.numel());
  return y;
}

}  // namespace reel::inline REEL_PRECISION
