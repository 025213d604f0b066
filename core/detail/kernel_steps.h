// What runs together with an op, in terms of the kernels. Internal to the .cpp files of ops and of the tape.
#pragma once

#include <utility>

#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/kernels/detail/prologue.h>
#include <reel/core/op.h>

namespace reel::inline REEL_PRECISION {

inline kernels::ChannelMapView kernel_map(const ChannelMap& map) {
  return {map.mean.data(), map.scale.data(), map.shift.data()};
}

inline kernels::ImagesView kernel_images(const Tensor& x, const Prologue& prologue) {
  return {x.data(), kernel_map(prologue.map), prologue.relu};
}

/// `bias` [channels] may be undefined.
inline kernels::EpilogueView kernel_epilogue(const Epilogue& epilogue, const Tensor& bias) {
  return {.bias = bias.data(),
          .map = kernel_map(epilogue.map),
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
