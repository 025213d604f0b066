// What the explanations of several ops share: sums over what broadcasting repeats. Internal to core/ops.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/explain.h>

namespace reel::inline REEL_PRECISION::detail {

/// The elements of a tensor of shape `to` that are one element of a tensor of shape `from`, repeated by
/// broadcasting; so also those that a reduction makes one of. A size that divides that of `to` is repeated in
/// blocks: each of 2 groups is half of the channels.
class Repeats {
 public:
  Repeats(const Shape& from, const Shape& to, Index element);

  /// The names of the dimensions that are repeated.
  const std::vector<std::string>& loop() const { return loop_; }
  /// The index in `to` along each dimension: a name where it is repeated; and "[n,2,i,j]", "[0,c+2,i,j]" of
  /// them.
  const std::vector<std::string>& index() const { return index_; }
  std::string text() const { return bracketed(index_); }
  Index count() const { return sizes_.numel(); }

  /// f(place in the loop, place in `to`) for each of them in row-major order.
  template <class F>
  void for_each(F&& f) const {
    if (count() == 0) return;
    std::array<Index, Shape::kMaxDim> storage{};
    const std::span<Index> place = std::span(storage).first(loop_.size());
    do {
      Index element = first_;
      for (std::size_t d = 0; d < place.size(); d++) element += place[d] * strides_[d];
      f(std::span<const Index>(place), element);
    } while (next_index(sizes_, place));
  }

 private:
  std::vector<std::string> loop_, index_;
  Shape sizes_;  // of the repeated dimensions, and the distances of their elements in `to`
  std::array<Index, Shape::kMaxDim> strides_{};
  Index first_ = 0;
};

/// Which element of a tensor of shape `from` stands at a place of `to`, to which it is repeated.
Index broadcast_element(const Shape& from, const Shape& to, Index element);
/// The same of texts: the index in `from` along each dimension, of an index in `to`.
std::vector<std::string> broadcast_index(const Shape& from, std::span<const std::string> index);

/// "sum over i,j of " and what is summed; that alone where nothing is counted.
std::string sum_text(std::span<const std::string> loop, std::string_view summand);

}  // namespace reel::inline REEL_PRECISION::detail
