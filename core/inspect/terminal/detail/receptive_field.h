// What an element of an image can see of those before it. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// For each tensor on the way from the leaves to an element of a node, the rows and columns of its images
/// that the element depends on, how many pixels that are where nothing is cut off at the border, and how far
/// apart those of neighbouring pixels of the node lie (their jump): see
/// core/inspect/detail/receptive_field.h. A node that is a leaf has nothing before it, an Error.
Answer receptive_field(const Trace& trace, std::size_t node, Index element, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
