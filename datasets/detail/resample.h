// Images looked at between their pixels. Internal to datasets.
#pragma once

#include <array>

#include <reel/datasets/transform.h>

namespace reel::inline REEL_PRECISION {

/// All 0.
Image blank_image(Index channels, Size2 size);
/// The window of `size` whose corner lies at (top, left) of the image; zero outside of it.
Image window_of(const Image& image, Index top, Index left, Size2 size);

/// The one in the middle, half a pixel rounded to even; zeros around an image that is smaller.
Image middle_of(const Image& image, Size2 size);

/// The whole image in that size: torch.nn.functional.interpolate(size, mode, align_corners=False, antialias).
Image resized(Image image, Size2 size, const ResizeOptions& options);

/// The size in an image's own proportions that just covers `target`: one side is equal, the other rounded down, but
/// no smaller.
Size2 covering_size(Index height, Index width, Size2 target);

/// What random_affine draws.
struct Affine {
  double degrees = 0;                       ///< clockwise
  double translate_x = 0, translate_y = 0;  ///< pixels to the right and down
  double scale = 1;
  double shear_x = 0, shear_y = 0;  ///< degrees
};
/// The pixel of the image (x, y) that is seen at a pixel of the result: x = m[0] u + m[1] v + m[2] and
/// y = m[3] u + m[4] v + m[5], all counted from the centre.
using AffineMatrix = std::array<double, 6>;
/// The inverse of T R S with T the translation, R S the rotation, scale and shear, as torchvision defines them:
/// R S = scale [cos(a-s)/cos(s), -cos(a-s) tan(t)/cos(s) - sin(a); sin(a-s)/cos(s), -sin(a-s) tan(t)/cos(s) + cos(a)],
/// a the rotation, t and s the shears along x and y.
AffineMatrix inverse_affine_matrix(const Affine& affine);
/// An image of the same size, zero where its pixel lies outside of `image`: torch.nn.functional.grid_sample with
/// padding_mode='zeros', align_corners=False.
Image affine(const Image& image, const AffineMatrix& matrix, Interpolation interpolation);

}  // namespace reel::inline REEL_PRECISION
