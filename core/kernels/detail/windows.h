// The windows of a pooling, kLanes of one row side by side: a vector holds one cell of each of them.
// Internal to pooling.cpp.
//
// A vector is read as it lies in memory, across the ends of rows. In which lanes the cell is padding `present`
// tells; those behind the last window of the row hold anything.
#pragma once

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include <reel/core/kernels/detail/pooling_shape.h>
#include <reel/core/kernels/detail/simd.h>

namespace reel::inline REEL_PRECISION::kernels {

/// What comparisons of Vectors give, and whole numbers in lanes as wide as theirs.
using LaneInts = decltype(Vector{} < Vector{});
using LaneInt = std::remove_cvref_t<decltype(LaneInts{}[0])>;
template <int... kLane>
LaneInts count_lanes(std::integer_sequence<int, kLane...>) {
  return LaneInts{kLane...};
}

/// Which lanes of `v` take the place of `best`: the first of equals stays, NaN, unequal to itself, beats everything.
inline LaneInts wins(Vector v, Vector best) {
  // NOLINTNEXTLINE(misc-redundant-expression)
  return (v > best) | (v != v);
}

/// The cells of a window along one dimension that lie within the plane: begin, begin + dilation, ... < end.
struct LineCells {
  Index begin, end;
  LineCells(Index first, Index kernel, Index dilation, Index size)
      : begin(first < 0 ? first + (-first + dilation - 1) / dilation * dilation : first),
        end(std::min(first + (kernel - 1) * dilation + 1, size)) {}
};

/// Whether windows are taken this way: at larger strides the cells of neighbours lie too far apart, and a few windows
/// fill no vector.
inline bool suit_lanes(const Pooling& s) {
  constexpr Index kLongest = Index{1} << 30;  // columns are counted in lanes of 32 bits
  return s.stride_w <= 2 && s.out_w >= 4 && std::max(s.in_h, s.in_w) <= kLongest;
}

/// The windows (i, j), (i, j + 1), ... of a plane of x.
class WindowLanes {
 public:
  WindowLanes(const Pooling& s, const Scalar* x, Index p, Index i, Index j)
      : x_(x),
        size_(s.planes * s.in_h * s.in_w),
        width_(s.in_w),
        stride_(s.stride_w),
        dilation_(s.dilation_w),
        plane_(p * s.in_h * s.in_w),
        column_(j * s.stride_w - s.left),
        rows_(i * s.stride_h - s.top, s.kernel_h, s.dilation_h, s.in_h),
        i_(i),
        j_(j),
        result_((p * s.out_h + i) * s.out_w + j),
        count_(std::min<Index>(kLanes, s.out_w - j)),
        has_padding_(column_ < 0 ||
                     column_ + (count_ - 1) * stride_ + (s.kernel_w - 1) * dilation_ >= s.in_w) {}

  Index i() const { return i_; }
  Index j() const { return j_; }
  Index result() const { return result_; }  ///< where the first window's result stands in y
  Index count() const { return count_; }    ///< the windows that there are
  const LineCells& rows() const { return rows_; }
  /// Where cell `v` of a window stands in x, in the row behind the window's first one by `row`.
  Index place(Index lane, Index row, Index v) const {
    return plane_ + (rows_.begin + row) * width_ + column_ + lane * stride_ + v * dilation_;
  }
  /// Whether the cells of some windows lie left or right of the plane.
  bool has_padding() const { return has_padding_; }

  /// Cell `v` of each window in a row of the plane.
  Vector cells(Index row, Index v) const {
    const Index first = plane_ + row * width_ + column_ + v * dilation_;
    if (first < 0 || first + stride_ * kLanes > size_) return cells_with_care(first);
    return stride_ == 1 ? load(x_ + first) : evens(load(x_ + first), load(x_ + first + kLanes));
  }
  /// The same, and `padding` where the cell is none of the plane's.
  Vector cells(Index row, Index v, Scalar padding) const {
    const Vector all = cells(row, v);
    return has_padding_ ? (present(v) ? all : Vector{} + padding) : all;
  }
  /// In which windows cell `v` is no padding, if its row is not.
  LaneInts present(Index v) const {
    const LaneInts columns =
        count_lanes(Lanes()) * static_cast<LaneInt>(stride_) + static_cast<LaneInt>(column_ + v * dilation_);
    return (columns >= 0) & (columns < static_cast<LaneInt>(width_));
  }

  /// Of each window the first cell of a row that is no padding, -1 where all are.
  LaneInts first_present(Index kernel_w) const {
    LaneInts first{};
    if (!has_padding_) return first;
    first -= 1;
    for (Index v = kernel_w; v-- > 0;) first = present(v) ? LaneInts{} + static_cast<LaneInt>(v) : first;
    return first;
  }

 private:
  // Where x begins or ends within the vector. Out of line, for it is rare.
  [[gnu::noinline]] Vector cells_with_care(Index first) const {
    Scalar cells[kLanes];
    for (Index lane = 0; lane < kLanes; lane++) {
      const Index place = first + lane * stride_;
      cells[lane] = place >= 0 && place < size_ ? x_[place] : 0;
    }
    return load(cells);
  }

  const Scalar* x_;
  Index size_, width_, stride_, dilation_, plane_, column_;
  LineCells rows_;
  Index i_, j_, result_, count_;
  bool has_padding_;
};

/// The largest of each window, in its rows().begin + row and there its cell `column`, -1 where all is padding.
struct LargestCells {
  Vector value;
  LaneInts row, column;
};

/// The first of equals, row by row, and of NaNs the last.
inline LargestCells largest(const Pooling& s, const WindowLanes& windows) {
  constexpr Scalar kLeast = -std::numeric_limits<Scalar>::infinity();
  const LaneInts first = windows.first_present(s.kernel_w);
  LargestCells best{Vector{} + kLeast, LaneInts{}, LaneInts{} - 1};
  const auto& [begin, end] = windows.rows();
  for (Index r = begin; r < end; r += s.dilation_h) {
    Vector value = windows.cells(r, 0, kLeast);
    LaneInts column = first;
    for (Index v = 1; v < s.kernel_w; v++) {
      const Vector cells = windows.cells(r, v, kLeast);
      const LaneInts takes = wins(cells, value);
      value = takes ? cells : value;
      column = takes ? LaneInts{} + static_cast<LaneInt>(v) : column;
    }
    const LaneInts takes = r == begin ? LaneInts{} - 1 : wins(value, best.value);
    best.value = takes ? value : best.value;
    best.column = takes ? column : best.column;
    best.row = takes ? LaneInts{} + static_cast<LaneInt>(r - begin) : best.row;
  }
  return best;
}

}  // namespace reel::inline REEL_PRECISION::kernels
