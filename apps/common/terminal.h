// What the terminal can show.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::apps {

/// Grey images [1,H,W] or [H,W] of one size side by side in block characters (ASCII ones in a locale without
/// UTF-8), two pixels above each other in one, with `captions` below; as many in a row as fit into `columns`.
/// Margins that are blank in all images are cut off.
std::string draw_images(std::span<const Tensor> images, std::span<const std::string> captions, int columns);

}  // namespace reel::apps
