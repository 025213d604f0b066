// Looks for the first infinity or NaN, forward and backward.
#include <reel/core/inspect/not_finite.h>

#include <algorithm>
#include <vector>

namespace reel::inline REEL_PRECISION::inspect {

// In one pass that vectorises: x - x is 0, and NaN for an infinity or a NaN.
bool all_finite(const Tensor& tensor) {
  const Scalar* values = tensor.data();
  const Index count = tensor.numel();
  Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < count; i++) sum += values[i] - values[i];
  return sum == 0;
}

std::optional<NodeInfo> first_not_finite(const Tape& tape) {
  for (NodeInfo& node : tape.nodes()) {
    if (node.value.defined() && !all_finite(node.value)) return std::move(node);
  }
  return std::nullopt;
}

std::optional<NodeInfo> first_not_finite_gradient(const Tape& tape) {
  std::vector<NodeInfo> nodes = tape.nodes();
  std::size_t bad = nodes.size();  // backward comes from the end
  while (bad-- > 0 && !(nodes[bad].grad.defined() && !all_finite(nodes[bad].grad))) continue;
  for (NodeInfo& node : nodes) {
    if (std::ranges::count(node.input_positions, bad) > 0) return std::move(node);
  }
  return std::nullopt;
}

}  // namespace reel::inline REEL_PRECISION::inspect
