// Images as PNG data in a page.
#pragma once

#include <string>

#include <reel/core/tensor.h>

namespace reel::apps {

/// A "data:image/png;base64,..." address of an image [1,H,W] (grey) or [3,H,W] (red, green, blue), in [0, 1];
/// what is outside is clamped.
std::string png_data_url(const Tensor& image);

}  // namespace reel::apps
