#include <reel/core/ops/broadcast_explain.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/ops/broadcast.h>

namespace reel::inline REEL_PRECISION::detail {

Repeats::Repeats(const Shape& from, const Shape& to, Index element) : index_(loop_names(to)) {
  std::vector<Index> sizes, strides;
  Index stride = 1;
  for (Index d = to.dim(); d-- > 0;) {
    const Index own = aligned_size(from, to.dim(), d);
    std::string& name = index_[static_cast<std::size_t>(d)];
    if (own == to[d]) {
      first_ += element % own * stride;
      name = std::to_string(element % own);
      element /= own;
    } else {
      sizes.insert(sizes.begin(), to[d]);
      strides.insert(strides.begin(), stride);
      loop_.insert(loop_.begin(), name);
    }
    stride *= to[d];
  }
  sizes_ = Shape(sizes);
  std::copy(strides.begin(), strides.end(), strides_.begin());
}

Index broadcast_element(const Shape& from, const Shape& to, Index element) {
  Index own = 0, stride = 1;
  for (Index d = to.dim(); d-- > 0;) {
    const Index size = aligned_size(from, to.dim(), d);
    if (size != 1) own += element % to[d] * stride;
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
  return fmt::format("sum over {} of {}", fmt::join(loop, ","), summand);
}

void explain_copy(Explain& e, Factor factor, std::string text, std::string place) {
  e.rule(std::move(place), std::move(text));
  e.term({}, factor, Explain::number(1));
}

void explain_sum(Explain& e, const Shape& kept, Index divisor) {
  const Factor share = Explain::number(1 / static_cast<double>(divisor));
  const std::string divided = divisor == 1 ? "" : fmt::format(" / {}", divisor);
  const std::string note = divisor == 1 ? "" : fmt::format("1{}", divided);
  if (!e.of_output()) {
    const Index i = broadcast_element(kept, e.shape(), e.element());
    e.rule("", e.dy_name() + index_text(e.dy().shape(), i) + divided);
    return e.term({}, e.dy(i), share, note);
  }
  const Repeats x(kept, e.input(0).shape(), e.element());
  e.rule(fmt::format("of {} elements", x.count()), sum_text(x.loop(), e.x_name(0) + x.text() + divided),
         x.loop());
  x.for_each([&](std::span<const Index> loop, Index i) { e.term(loop, e.x(0, i), share, note); });
}

void explain_sum_of_dy(Explain& e, const Shape& shape, std::string place) {
  const Repeats dy(shape, e.dy().shape(), e.element());
  e.rule(std::move(place), sum_text(dy.loop(), e.dy_name() + dy.text()), dy.loop());
  dy.for_each([&](std::span<const Index> loop, Index i) { e.term(loop, e.dy(i), Explain::number(1)); });
}

}  // namespace reel::inline REEL_PRECISION::detail
