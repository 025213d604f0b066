// Changes of colour by a given amount, of an image [1,H,W] or [3,H,W] in [0, 1], in place: the functions of
// torchvision.transforms.v2.functional. Internal to datasets.
#pragma once

#include <reel/datasets/transform.h>

namespace reel::inline REEL_PRECISION {

/// factor x
void adjust_brightness(Image& image, double factor);
/// factor x + (1 - factor) m, m the mean of the image's grey
void adjust_contrast(Image& image, double factor);
/// factor x + (1 - factor) g, g the pixel's grey. Of one channel nothing changes.
void adjust_saturation(Image& image, double factor);
/// The hue of HSV, a number on a circle of length 1, plus `turn`. Of one channel nothing changes.
/// A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978.
void adjust_hue(Image& image, double turn);
/// The grey of each pixel, in `channels` of them.
void make_grey(Image& image, Index channels);

}  // namespace reel::inline REEL_PRECISION
