// Sizes of tensors.
#pragma once

#include <array>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include <reel/core/copied_by_member.h>
#include <reel/core/scalar.h>
#include <reel/core/text_formatter.h>

namespace reel::inline REEL_PRECISION {

/// The size of each dimension of a tensor, outermost first; at most 8 dimensions. `Shape{}` is a scalar's.
/// A negative size, a ninth dimension or an element count past 2^58 is a ShapeError.
class Shape {
 public:
  static constexpr Index kMaxDim = 8;
  using value_type = Index;

  Shape() = default;
  Shape(std::initializer_list<Index> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
  explicit Shape(const std::vector<Index>& sizes) : Shape(std::span(sizes)) {}
  explicit Shape(std::span<const Index> sizes);

  /// Number of dimensions.
  Index dim() const { return dim_; }
  /// Number of elements: the product of the sizes, 1 for a scalar.
  Index numel() const;
  /// Size of dimension `i`; negative counts from the end, as in `shape[-1]`. Out of range is a ShapeError.
  Index operator[](Index i) const { return sizes_[static_cast<std::size_t>(resolve(i))]; }
  /// `i` counted from the front: -1 becomes dim() - 1. Out of range is a ShapeError.
  Index resolve(Index i) const;
  /// A copy in which dimension `i` has size `n`.
  Shape with(Index i, Index n) const;

  const Index* begin() const { return sizes_.data(); }
  const Index* end() const { return sizes_.data() + dim_; }
  std::span<const Index> sizes() const { return {begin(), end()}; }

  friend bool operator==(const Shape& a, const Shape& b) {
    return a.dim_ == b.dim_ && std::equal(a.begin(), a.end(), b.begin());
  }

  /// "[64,1,28,28]"
  std::string text() const;

 private:
  std::array<Index, kMaxDim> sizes_{};
  Index dim_ = 0;
};

/// As text() has it.
std::ostream& operator<<(std::ostream& os, const Shape& shape);

/// One dimension; a negative one counts from the end.
struct Dim {
  Index value;
  constexpr Dim(Index dimension) : value(dimension) {}
  template <NotAnIndex Number>
  Dim(Number) = delete;  // dimensions are whole numbers
  constexpr operator Index() const { return value; }
};

/// Height and width in pixels, from one number for both or {h, w}.
struct Size2 : CopiedByMember {
  Index h = 0, w = 0;
  constexpr Size2(Index both) : h(both), w(both) {}
  template <NotAnIndex Number>
  Size2(Number) = delete;  // sizes are whole numbers
  constexpr Size2(Index height, Index width) : h(height), w(width) {}
  friend bool operator==(const Size2&, const Size2&) = default;
};

/// Rows and columns added around an image: one number for all sides, {vertical, horizontal}, or each side.
struct Padding2 : CopiedByMember {
  Index top = 0, bottom = 0, left = 0, right = 0;
  constexpr Padding2(Index all) : top(all), bottom(all), left(all), right(all) {}
  template <NotAnIndex Number>
  Padding2(Number) = delete;  // sizes are whole numbers
  constexpr Padding2(Index vertical, Index horizontal)
      : top(vertical), bottom(vertical), left(horizontal), right(horizontal) {}
  constexpr Padding2(Index t, Index b, Index l, Index r) : top(t), bottom(b), left(l), right(r) {}
  friend bool operator==(const Padding2&, const Padding2&) = default;
};

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::Shape> : reel::TextFormatter {};
/// fmt 11 asks for this one too: without it, a later <fmt/ranges.h>, for which a shape is a range, is an
/// error.
template <>
struct fmt::formatter<const reel::Shape> : fmt::formatter<reel::Shape> {};
