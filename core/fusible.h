// What an op says of itself for several ops to run in one pass; core/fusion.cpp goes by it.
#pragma once

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// (x - mean) scale + shift, with a number for each channel of x [N,C,...]; shift may be undefined.
struct ChannelMap {
  Tensor mean, scale, shift;  ///< [C]
};

/// What a kernel can read its first input as: relu(map(x)), which then need not be stored.
struct Prologue {
  ChannelMap map;  ///< none where its mean is undefined
  bool relu = false;
};

/// What a kernel can do on its way out: y = relu(map(f(x)) + addend).
struct Epilogue {
  ChannelMap map;  ///< none where its mean is undefined
  Tensor addend;   ///< in the result's shape; undefined for none
  bool relu = false;
};
enum class EpilogueStep { kNone, kMap, kAdd, kRelu };

/// Which part an op can take where several run in one pass.
struct Fusible {
  bool takes_steps = false;  ///< its fused_forward can do an add and a relu
  bool takes_map = false;    ///< and a map before these
  bool reads_map = false;    ///< it takes steps, and can also read its first input through a map and a relu
  /// What it is to one before that takes steps, or to one behind it that reads maps: a map of the first
  /// input, the sum of two inputs of the same shape, a relu.
  EpilogueStep step = EpilogueStep::kNone;
};

}  // namespace reel::inline REEL_PRECISION
