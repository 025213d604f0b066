// Images on a page.
#pragma once

#include <span>
#include <string>

#include <reel/core/tensor.h>

namespace reel::apps {

/// A picture with the text below it.
struct Picture {
  Tensor image;  ///< [1,H,W], grey, or [3,H,W], red, green and blue, in [0, 1]; what is outside is clamped
  std::string caption;
};

/// An <img> that holds the image itself, as PNG. `text` says what it shows.
std::string image_html(const Tensor& image, const std::string& text);
/// As many beside each other as there is room for.
std::string picture_grid(std::span<const Picture> pictures);

}  // namespace reel::apps
