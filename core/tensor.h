// n-dimensional arrays of Scalar.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <reel/core/location.h>
#include <reel/core/scalar.h>
#include <reel/core/shape.h>
#include <reel/core/text_formatter.h>

namespace reel::inline REEL_PRECISION {

namespace detail {

struct Storage;  // a pooled block: reference count, version, elements

template <class Number>
concept MayIndex = !NotAnIndex<Number>;

template <class First, class... Rest>
consteval bool are_indices_then_value() {
  if constexpr (sizeof...(Rest) > 0) return MayIndex<First> && are_indices_then_value<Rest...>();
  return true;
}
template <class... A>
concept IndicesThenValue = are_indices_then_value<A...>();

}  // namespace detail

/// A contiguous row-major array. Copying shares the elements (as in PyTorch), clone() copies them. A default
/// constructed tensor is empty of storage: defined() is false, its shape is [0].
class Tensor {
 public:
  Tensor() = default;
  Tensor(const Tensor& other) noexcept;
  Tensor(Tensor&& other) noexcept : shape_(other.shape_), storage_(std::exchange(other.storage_, nullptr)) {
    other.shape_ = Shape{0};
  }
  Tensor& operator=(Tensor other) noexcept {
    std::swap(shape_, other.shape_);
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~Tensor();

  /// Elements unspecified: for a kernel that writes them all.
  static Tensor uninitialized(const Shape& shape);
  static Tensor zeros(const Shape& shape) { return full(shape, 0); }
  static Tensor ones(const Shape& shape) { return full(shape, 1); }
  static Tensor full(const Shape& shape, Scalar value);
  /// begin, begin + step, ... before end, one dimension; an end that is one of them by rounding alone is not:
  /// arange(0, 0.3, 0.1) has 3. A step of 0 or away from the end, and what is not finite, are a ShapeError.
  static Tensor arange(Located<double> end) { return arange({0, end.where}, end); }
  static Tensor arange(Located<double> begin, double end, double step = 1);
  /// Standard normal / uniform in [low, high) numbers from the program's generator (see seed()). Other than
  /// finite low <= high are an Error.
  static Tensor randn(const Shape& shape);
  static Tensor rand(const Located<Shape>& shape, Scalar low = 0, Scalar high = 1);
  /// A copy of `values`, row by row. A count that differs from the shape's is a ShapeError.
  static Tensor from(const Located<Shape>& shape, std::span<const Scalar> values);
  static Tensor from(const Located<Shape>& shape, const std::vector<Scalar>& values) {
    return from(shape, std::span<const Scalar>(values));
  }
  static Tensor from(const Located<Shape>& shape, std::initializer_list<Scalar> values) {
    return from(shape, std::span<const Scalar>(values.begin(), values.size()));
  }

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  Index dim() const { return shape_.dim(); }
  Index size(Index dimension) const { return shape_[dimension]; }
  Index numel() const { return shape_.numel(); }

  /// The elements in row-major order, for reading.
  const Scalar* data() const;
  std::span<const Scalar> values() const { return {data(), static_cast<std::size_t>(numel())}; }
  /// One element: t.at(n, c, h, w). A wrong number of indices or one out of range is a ShapeError.
  template <detail::MayIndex... I>
  Scalar at(I... indices) const {
    return data()[offset({static_cast<Index>(indices)...})];
  }

  /// For writing, which counts as an in-place change (see version()): the elements in row-major order, and
  /// one element, t.set(n, c, h, w, value).
  Scalar* mutable_data();
  std::span<Scalar> mutable_values() { return {mutable_data(), static_cast<std::size_t>(numel())}; }
  template <class... A>
  requires detail::IndicesThenValue<A...>
  void set(A... indices_then_value) {
    const std::tuple all(indices_then_value...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const Index position = offset({static_cast<Index>(std::get<I>(all))...});
      mutable_data()[position] = static_cast<Scalar>(std::get<sizeof...(A) - 1>(all));
    }
    (std::make_index_sequence<sizeof...(A) - 1>{});
  }
  /// The element of a tensor that has just one; otherwise a ShapeError.
  Scalar item(Location where = {}) const;

  /// The same elements under another shape, without a copy. One size may be -1: it is worked out. A different
  /// number of elements is a ShapeError.
  Tensor reshape(Located<std::span<const Index>> sizes) const;
  /// A copy with storage of its own.
  Tensor clone() const;
  /// A copy of the rows [begin, end), or from `begin` on, along the first dimension: as Python's [begin:end], below 0
  /// they count from the back, and what is not there is left out. A tensor without dimensions is a ShapeError.
  Tensor rows(Located<Index> begin, std::optional<Index> end = {}) const;
  /// A copy of these positions along a dimension, in that order, as torch.index_select; below 0 they count from the
  /// back. One that is not there is a ShapeError.
  Tensor index_select(Located<Index> dimension, std::span<const Index> positions) const;
  Tensor index_select(Located<Index> dimension, std::initializer_list<Index> positions) const {
    return index_select(dimension, std::span(positions.begin(), positions.size()));
  }
  /// Writes `value` to every element / copies the elements of a tensor of the same shape; another shape is a
  /// ShapeError.
  void fill(Scalar value);
  void copy_from(Located<const Tensor&> source);

  /// Along one dimension, the last unless given, the position of the largest element, the first of equals (a
  /// NaN counts as largest, as in PyTorch); row-major over the other dimensions. A dimension that is out of
  /// range or empty is a ShapeError.
  std::vector<Index> argmax(Located<Index> dimension) const;
  std::vector<Index> argmax(Location where = {}) const { return argmax(Located<Index>(-1, where)); }

  /// True where both have the same storage.
  bool shares_storage(const Tensor& other) const { return defined() && storage_ == other.storage_; }
  /// True where no other tensor has this storage.
  bool unique() const;
  /// How many times the elements were opened for writing: backward refuses values that changed since they
  /// were used.
  std::uint64_t version() const;

  /// As torch prints it: "tensor([[19., 25.],\n        [37., 43.]])".
  std::string text() const;

 private:
  Tensor(const Shape& shape, detail::Storage* storage) : shape_(shape), storage_(storage) {}
  Index offset(std::initializer_list<Index> indices) const;

  Shape shape_{0};
  detail::Storage* storage_ = nullptr;
};

/// As text() has it.
std::ostream& operator<<(std::ostream& os, const Tensor& tensor);

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::Tensor> : reel::TextFormatter {};
