// How the answers of inspection call numbers and ops. Internal to inspection.
#pragma once

#include <string>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// "conv2d", and of an op that is not the library's "the program's own conv2d".
std::string op_kind_text(const TraceNode& node);
/// "z[0,1,0,0]"
std::string element_name(const TraceNode& node, Index element);
/// Where a factor in an explanation of the op at `node` stands: "dz", "dz[0,1,0,0]"; of one that stands in no
/// tensor "", and the number.
std::string factor_tensor(const Trace& trace, std::size_t node, const Factor& factor);
std::string factor_name(const Trace& trace, std::size_t node, const Factor& factor);

}  // namespace reel::inline REEL_PRECISION::inspect
