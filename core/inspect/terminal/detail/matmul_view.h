// A 1x1 convolution as a matrix product. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// The output of a conv1x1, or of a conv2d with a 1x1 kernel, as Y = W X + b for image 0: Y [C_out,pixels], W
/// [C_out,C_in], X [C_in,pixels]. A column is a pixel, in row-major order; with a stride those that it reads,
/// with padding also zeros, and with groups W has zeros outside of its blocks. Of a matrix at most 16 rows
/// and columns are shown. Another op's output is an Error.
Answer matmul_view(const Trace& trace, std::size_t node, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect
