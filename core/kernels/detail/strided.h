// Loops over n-dimensional operands whose elements do not lie side by side: broadcast, transposed, sliced.
#pragma once

#include <algorithm>
#include <array>

#include <reel/core/parallel.h>
#include <reel/core/shape.h>

namespace reel::inline REEL_PRECISION::kernels {

/// An index space in row-major order in which each of K operands has a stride per dimension, in elements; 0
/// where it is repeated. Dimensions of size 1 vanish and neighbours that every operand walks as one are
/// joined, so most loops end up with one or two.
template <std::size_t K>
class StridedLoop {
 public:
  using Strides = std::array<Index, K>;

  /// Adds a dimension inside of those added before; at most Shape::kMaxDim.
  void add(Index size, const Strides& strides) {
    numel_ *= size;
    if (size == 1) return;
    if (dim_ > 0 && joins(dims_[dim_ - 1], size, strides)) {
      dims_[dim_ - 1] = {dims_[dim_ - 1].size * size, strides};
    } else {
      dims_[dim_++] = {size, strides};
    }
  }

  Index numel() const { return numel_; }
  /// Of the innermost dimension.
  Strides inner() const { return dim_ > 0 ? dims_[dim_ - 1].strides : Strides{}; }

  /// Calls f(position, offsets, length) for each piece of a row (the innermost dimension) within the
  /// positions [begin, end): `offsets` lead to the first element of each operand.
  template <class F>
  void rows(Index begin, Index end, F&& f) const {
    const Index length = dim_ > 0 ? dims_[dim_ - 1].size : 1;
    const std::size_t outer = dim_ > 0 ? dim_ - 1 : 0;
    std::array<Index, Shape::kMaxDim> counter{};
    Strides row{};
    Index rest = begin / length, column = begin % length;
    for (std::size_t d = outer; d-- > 0; rest /= dims_[d].size) {
      counter[d] = rest % dims_[d].size;
      for (std::size_t k = 0; k < K; k++) row[k] += counter[d] * dims_[d].strides[k];
    }
    for (Index position = begin; position < end; column = 0) {
      const Index n = std::min(length - column, end - position);
      Strides offsets = row;
      for (std::size_t k = 0; k < K; k++) offsets[k] += column * inner()[k];
      f(position, offsets, n);
      position += n;
      advance(counter, row, outer);
    }
  }

  /// The same for all positions, in parallel.
  template <class F>
  void parallel_rows(F&& f) const {
    constexpr Index kGrain = 16384;  // elements
    parallel_for(numel_, kGrain, [&](Index begin, Index end) { rows(begin, end, f); });
  }

 private:
  struct Dim {
    Index size;
    Strides strides;
  };

  static bool joins(const Dim& outer, Index size, const Strides& strides) {
    for (std::size_t k = 0; k < K; k++) {
      if (outer.strides[k] != size * strides[k]) return false;
    }
    return true;
  }

  // To the next row.
  void advance(std::array<Index, Shape::kMaxDim>& counter, Strides& row, std::size_t outer) const {
    for (std::size_t d = outer; d-- > 0;) {
      const Dim& dim = dims_[d];
      const bool wraps = ++counter[d] == dim.size;
      for (std::size_t k = 0; k < K; k++) row[k] += dim.strides[k] * (wraps ? 1 - dim.size : 1);
      if (!wraps) return;
      counter[d] = 0;
    }
  }

  std::array<Dim, Shape::kMaxDim> dims_;
  std::size_t dim_ = 0;
  Index numel_ = 1;
};

}  // namespace reel::inline REEL_PRECISION::kernels
