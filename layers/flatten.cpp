#include <reel/layers/flatten.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {

Unflatten::Unflatten(Located<Index> dim, std::vector<Index> sizes) : dim_(dim), sizes_(std::move(sizes)) {
  const OptionCheck check("Unflatten", dim.where);
  check.require(!sizes_.empty(), "no sizes are given; one at least is needed");
  for (const Index size : sizes_) check.count("a size", size, -1);
  check.require(std::ranges::count(sizes_, -1) <= 1, "sizes are {}; one alone may be -1",
                fmt::join(sizes_, ", "));
}

Var Unflatten::forward(Var x) {
  const Shape& shape = x.shape();
  const auto label = [&] { return call_label("unflatten", Scope::path(), Scope::resolve({})); };
  const Index d = dim_ < 0 ? dim_ + shape.dim() : dim_;
  if (d < 0 || d >= shape.dim())
    throw ShapeError(fmt::format("{}: input {} has no dimension {}", label(), shape, dim_));
  std::vector<Index> parts = sizes_;
  std::vector<Index> given = parts;
  std::erase(given, -1);
  Index known = Shape(given).numel();
  const auto open = std::ranges::find(parts, -1);
  if (open != parts.end() && known > 0) *open = shape[d] / known;
  if (open != parts.end()) known *= std::max<Index>(*open, 0);
  if (known != shape[d])
    throw ShapeError(fmt::format("{}: dimension {} of input {} cannot be {}", label(), d, shape,
                                 fmt::join(sizes_, " x ")));
  std::vector<Index> sizes(shape.begin(), shape.begin() + d);
  sizes.insert(sizes.end(), parts.begin(), parts.end());
  sizes.insert(sizes.end(), shape.begin() + d + 1, shape.end());
  return reshape(x, std::move(sizes));
}

}  // namespace reel::inline REEL_PRECISION
