#include <cstddef>
#include <cstdint>
#include <exception>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/datasets/detail/sample_order.h>

namespace reel::inline REEL_PRECISION::detail {

std::vector<Index> sample_order(std::string_view label, Index count) {
  std::vector<Index> order;
  try {
    order.resize(static_cast<std::size_t>(count));
  } catch (const std::exception&) {  // bad_alloc or length_error
    throw Error(fmt::format(
        "{}: the order of {} samples does not fit into memory; use a part of the data set", label, count));
  }
  std::iota(order.begin(), order.end(), Index{0});
  return order;
}

void shuffle(std::vector<Index>& order, const RandomStream& random) {
  for (std::size_t i = order.size(); i-- > 1;) {
    std::swap(order[i], order[static_cast<std::size_t>(random.below(i, std::uint64_t{i} + 1))]);
  }
}

void check_sample_index(std::string_view label, Index i, Index count) {
  if (i < 0 || i >= count)
    throw Error(fmt::format("{}: sample {} is asked for, there are samples 0 to {}", label, i, count - 1));
}

}  // namespace reel::inline REEL_PRECISION::detail
