// What the terminal can show.
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::apps {

/// Whether `stream` is a terminal, and whether it may be coloured (NO_COLOR unset; no-color.org).
bool is_terminal(std::FILE* stream);
bool may_colour(std::FILE* stream);

/// Grey images [1,H,W] or [H,W] side by side in block characters, two pixels above each other in one; `captions` stand
/// below.
std::string draw_images(std::span<const Tensor> images, std::span<const std::string> captions);

}  // namespace reel::apps
