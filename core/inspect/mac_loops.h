// The multiply-adds of an op as nested loops. Internal to the library.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <reel/core/shape.h>

namespace reel::inline REEL_PRECISION::inspect {

/// "for c < 16"
struct MacLoop {
  char name;
  Index count;
};

/// The loops around the one multiply-add of a convolution or a matrix product, from the shapes of its inputs
/// and of its output, for the whole batch; none of an op of another kind, or whose
/// shapes are not of that kind. Padding is multiplied too.
std::vector<MacLoop> mac_loops(std::string_view op, std::span<const Shape> inputs, const Shape& output);

/// Multiply-adds in all: the product of the counts, 0 where there are no loops.
Index macs_in(std::span<const MacLoop> loops);

}  // namespace reel::inline REEL_PRECISION::inspect
