// A convolution's or a pooling's window, number by number. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// Whether the op of a node multiplies windows of images by a kernel: a convolution. A product along the rows
/// of images has windows, too, but no kernel in their shape.
bool is_convolution(const Trace& trace, std::size_t node);

/// What an element of the output of a conv2d, conv1x1, max_pool2d, avg_pool2d or global_avg_pool2d was made
/// of: for each input channel the pixels under the window times the kernel, with sub-totals and the bias; of
/// a pooling the pixels and what it took. Of many channels the first 8 are shown and all are counted, of a
/// large window 16 x 16. Another op's output is an Error.
Answer window(const Trace& trace, std::size_t node, Index element, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
