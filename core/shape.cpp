// Checks sizes, counts elements, prints a shape.
#include <reel/core/shape.h>

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

Shape::Shape(std::span<const Index> sizes) {
  constexpr Index kMaxNumel = Index{1} << 58;  // so that bytes and sums of sizes do not overflow either
  const auto text = [&] { return fmt::format("[{}]", fmt::join(sizes, ",")); };
  if (std::ssize(sizes) > kMaxDim) {
    throw ShapeError(
        fmt::format("shape {} has {} dimensions, at most {} are supported", text(), sizes.size(), kMaxDim));
  }
  Index numel = 1;
  for (const Index n : sizes) {
    if (n < 0) throw ShapeError(fmt::format("shape {} has a negative size", text()));
    if (n > 0 && numel > kMaxNumel / n)
      throw ShapeError(fmt::format("shape {} has too many elements", text()));
    if (n > 0) numel *= n;
  }
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
  dim_ = std::ssize(sizes);
}

Index Shape::numel() const {
  Index n = 1;
  for (const Index size : *this) n *= size;
  return n;
}

Index Shape::resolve(Index i) const {
  const Index resolved = i < 0 ? i + dim_ : i;
  if (resolved < 0 || resolved >= dim_) {
    throw ShapeError(
        fmt::format("dimension {} is out of range for shape {}: it has {} dimensions", i, text(), dim_));
  }
  return resolved;
}

Shape Shape::with(Index i, Index n) const {
  Shape copy = *this;
  copy.sizes_[static_cast<std::size_t>(resolve(i))] = n;
  return Shape(copy.sizes());  // checked
}

std::string Shape::text() const { return fmt::format("[{}]", fmt::join(begin(), end(), ",")); }

std::ostream& operator<<(std::ostream& os, const Shape& shape) { return os << shape.text(); }

}  // namespace reel::inline REEL_PRECISION
