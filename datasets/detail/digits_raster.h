// Pen lines to grey pixels, placed as MNIST places its digits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::digits {

constexpr int kImageSide = 28;
/// MNIST fits every digit into a box of this side.
constexpr int kBoxSide = 20;

/// Row by row; 0 is the ground, 255 full ink.
using GreyImage = std::array<std::uint8_t, kImageSide * kImageSide>;

/// A place on the path of the pen: x right and y down in any unit, the radius of the ink in pixels.
struct InkDot {
  float x, y, radius;
  bool pen_down = true;  // false: the pen is lifted on its way here, so no line leads here
};

/// What happens between the path and the pixels.
struct Placement {
  float box_side = kBoxSide;       // pixels: the length of the ink's longer side
  float shift_x = 0, shift_y = 0;  // pixels: moves the ink on the grid before it is centred by whole pixels
  float edge = 1;                  // pixels from full ink to none: 1 is a sharp pen, more a blurred one
};

/// Scales `path` to the box with its aspect kept (which changes `path`), draws it, and moves the image by
/// whole pixels so that the centre of mass comes within half a pixel of column 14, row 14 (counted from 0),
/// where MNIST has it, unless the box would leave the image.
GreyImage draw(std::span<InkDot> path, const Placement& placement);

}  // namespace reel::inline REEL_PRECISION::digits
