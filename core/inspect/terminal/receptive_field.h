// The pixels that a number depends on. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// For each tensor on the way from the leaves to an element of a node, the rows and columns of its images
/// that the element depends on, how many pixels that are where nothing is cut off at the border, and how far
/// apart those of neighbouring pixels of the node lie (their jump). Dumoulin and Visin, arXiv:1603.07285.
///
/// Weights and biases are left out, for every pixel depends on them, and so are the statistics of a
/// normalisation. Where ways meet it is the smallest rectangle around what each of them reads. Behind an op
/// that mixes pixels in a way of its own, as linear, it is all. A node that is a leaf has nothing before it,
/// an Error.
Answer receptive_field(const Trace& trace, std::size_t node, Index element);

}  // namespace reel::inline REEL_PRECISION::inspect
