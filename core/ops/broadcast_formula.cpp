// A loop for each dimension; a repeated one stays at 0.
#include <reel/core/ops/detail/broadcast_formula.h>

#include <algorithm>

#include <reel/core/explain.h>

namespace reel::inline REEL_PRECISION::detail {

formula::Access loops_over(Formula& formula, const Shape& shape) {
  const std::vector<std::string> names = loop_names(shape);
  formula::Access access(names.size(), 0);
  for (std::size_t d = 0; d < names.size(); d++) {
    const Index size = shape[static_cast<Index>(d)];
    if (size != 1) access[d] = formula.loop(names[d], size);
  }
  return access;
}

formula::Access broadcast_access(const Shape& from, std::span<const formula::Affine> to, Index without) {
  const Index dims = std::max<Index>(from.dim() - without, 0);
  formula::Access access;
  for (Index d = 0; d < dims; d++) {
    access.push_back(from[d] == 1 ? formula::Affine(0) : to[to.size() - static_cast<std::size_t>(dims - d)]);
  }
  return access;
}

}  // namespace reel::inline REEL_PRECISION::detail
