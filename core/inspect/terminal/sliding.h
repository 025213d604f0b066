// How the pixels of an op's output lie over those of its inputs. Internal to inspection.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// Row i of the output reads the rows start.h + i stride.h + u dilation.h of an input, u < kernel.h, and
/// columns alike. Rows and columns that the input does not have are padding; those of an input that is
/// broadcast have stride 0.
struct Sliding {
  Window window;
  Size2 start = 0;
};

/// Of an op from images [N,C,H,W] to images, also where each pixel reads one pixel alone, as for a relu; none
/// of an input that is no image, as a weight, and where an op mixes pixels in another way.
std::optional<Sliding> sliding_of(const Trace& trace, std::size_t node, std::size_t input);

/// The values of an op's option; empty where it has none of that name.
std::vector<double> option_of(const Op& op, std::string_view name);

}  // namespace reel::inline REEL_PRECISION::inspect
