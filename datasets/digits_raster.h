// Pen lines to grey pixels, placed as MNIST places its digits.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::digits {

constexpr int kImageSide = 28;
/// MNIST fits every digit into a box of this side.
constexpr float kBoxSide = 20;

using GreyImage = std::array<std::uint8_t, kImageSide * kImageSide>;

/// A place on the path of the pen. In a path x and y may be in any unit; the radius of the ink is in pixels.
struct InkDot {
  float x, y, radius;
  bool pen_down = true;  // false: the pen is lifted on its way here, so no line leads here
};

/// What happens between the path and the pixels.
struct Placement {
  float box_side = kBoxSide;       // pixels; the ink's larger side becomes this long
  float shift_x = 0, shift_y = 0;  // pixels, before centring by whole pixels: moves the ink on the grid
  float edge = 1;                  // pixels from full ink to none: 1 is a sharp pen, more a blurred one
};

/// Scales `path` (which it changes) to the box keeping its aspect, draws it and moves the image by whole
/// pixels so that its centre of mass lies within half a pixel of the image's centre. 0 is paper, 255 full
/// ink.
GreyImage draw(std::span<InkDot> path, const Placement& placement);

}  // namespace reel::inline REEL_PRECISION::digits
