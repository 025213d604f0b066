#include <reel/core/inspect/not_finite.h>

#include <algorithm>
#include <cmath>

namespace reel::inline REEL_PRECISION::inspect {

bool all_finite(const Tensor& tensor) {
  return std::ranges::all_of(tensor.values(), [](Scalar x) { return std::isfinite(x); });
}

std::optional<NodeInfo> first_not_finite(const Tape& tape) {
  for (NodeInfo& node : tape.nodes()) {
    if (node.value.defined() && !all_finite(node.value)) return std::move(node);
  }
  return std::nullopt;
}

}  // namespace reel::inline REEL_PRECISION::inspect
