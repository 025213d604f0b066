// A digit that somebody draws, as MNIST has its digits.
#pragma once

#include <span>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::playground {

/// Where the pen was, x right and y down, in any unit.
struct PenPoint {
  float x, y;
};
using Stroke = std::vector<PenPoint>;

/// The strokes in light ink on a dark ground, [1,28,28], fitted to a box of 20 pixels and centred by their mass. No
/// stroke, or one without a point, is an Error.
Tensor drawn(std::span<const Stroke> strokes);

}  // namespace reel::playground
