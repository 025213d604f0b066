// The elements that one was repeated to, and the terms of its gradient.
#include <reel/core/ops/detail/broadcast_explain.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::detail {

Repeats::Repeats(const Shape& from, const Shape& to, Index element) : index_(loop_names(to)) {
  std::vector<Index> sizes, strides;
  Index stride = 1;
  for (Index d = to.dim(); d-- > 0;) {
    const Index own = aligned_size(from, to.dim(), d), block = to[d] / own, at = element % own * block;
    std::string& name = index_[static_cast<std::size_t>(d)];
    if (block == 1) {
      name = std::to_string(at);
    } else {
      sizes.insert(sizes.begin(), block);
      strides.insert(strides.begin(), stride);
      loop_.insert(loop_.begin(), name);
      if (at > 0) name += fmt::format("+{}", at);
    }
    first_ += at * stride;
    element /= own;
    stride *= to[d];
  }
  sizes_ = Shape(sizes);
  std::copy(strides.begin(), strides.end(), strides_.begin());
}

Index broadcast_element(const Shape& from, const Shape& to, Index element) {
  Index own = 0, stride = 1;
  for (Index d = to.dim(); d-- > 0;) {
    const Index size = aligned_size(from, to.dim(), d);
    own += element % to[d] / (to[d] / size) * stride;
    stride *= size;
    element /= to[d];
  }
  return own;
}

std::vector<std::string> broadcast_index(const Shape& from, std::span<const std::string> index) {
  std::vector<std::string> own;
  const Index missing = std::ssize(index) - from.dim();
  for (Index d = 0; d < from.dim(); d++) {
    own.push_back(from[d] == 1 ? "0" : index[static_cast<std::size_t>(missing + d)]);
  }
  return own;
}

std::string sum_text(std::span<const std::string> loop, std::string_view summand) {
  if (loop.empty()) return std::string(summand);
  return say("sum over {} of {}", fmt::format("{}", fmt::join(loop, ",")), summand);
}

}  // namespace reel::inline REEL_PRECISION::detail
