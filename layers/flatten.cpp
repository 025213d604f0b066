#include <reel/layers/flatten.h>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

Var Unflatten::forward(Var x) {
  const Shape& shape = x.shape();
  const Index d = dim_ < 0 ? dim_ + shape.dim() : dim_;
  if (d < 0 || d >= shape.dim()) {
    throw ShapeError(fmt::format("{}: input {} has no dimension {}",
                                 call_label("Unflatten", Scope::path(), Scope::resolve({})), shape, dim_));
  }
  std::vector<Index> sizes(shape.begin(), shape.begin() + d);
  sizes.insert(sizes.end(), sizes_.begin(), sizes_.end());
  sizes.insert(sizes.end(), shape.begin() + d + 1, shape.end());
  return reshape(x, std::move(sizes));
}

}  // namespace reel::inline REEL_PRECISION
