// From a number to the loss. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// Follows an element of a node to the loss, at each op by the use that the loss feels most: the one with the
/// largest |dy * factor|. A line has the reader, the product, and its share of the sum of all magnitudes.
///
/// Asked for an element of a gradient it is the same way, read in backward's direction: the largest of the
/// terms that were summed for it, the largest of those of that term's dy, and so on to the seed. It ends
/// before where nothing gets through, as at a relu that is off, and where nothing is known.
///
/// An Error where the gradient does not exist at `time`, for there is nothing to go by; only contributions
/// that were made by then count. An element of a node that gets no gradient, as of an input, has a first step
/// by differences; see for_each_use.
Answer path(const Trace& trace, std::size_t node, bool gradient, Index element, std::size_t time,
            std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
