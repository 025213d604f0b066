#include <reel/datasets/subset.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/option_check.h>
#include <reel/core/random.h>
#include <reel/datasets/detail/sample_order.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr double kSumTolerance = 1e-9;  // of fractions, which are rounded
// Of the generator; a Loader's streams are its epochs.
constexpr std::uint64_t kSplitStream = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Subset::Subset(Located<const Dataset&> dataset, std::vector<Index> indices)
    : dataset_(&dataset.value), indices_(std::move(indices)) {
  const OptionCheck check("Subset", dataset.where);
  const Index size = dataset_->size();
  check.require(!indices_.empty(), "indices are none, a data set needs a sample");
  for (std::size_t i = 0; i < indices_.size(); i++) {
    check.require(indices_[i] >= 0 && indices_[i] < size, "index {} of indices is {}, 0 to {} is expected", i,
                  indices_[i], size - 1);
  }
}

Sample Subset::sample(Index i) const {
  detail::check_sample_index("Subset", i, size());
  return dataset_->sample(indices_[static_cast<std::size_t>(i)]);
}

namespace detail {

std::vector<std::vector<Index>> random_parts(Located<const Dataset&> dataset, std::vector<Index> counts,
                                             std::optional<std::uint64_t> seed) {
  const OptionCheck check("random_split", dataset.where);
  const Index size = dataset.value.size();
  for (std::size_t i = 0; i < counts.size(); i++)
    check.count(fmt::format("the size of part {}", i), counts[i], 1, size);
  const Index sum = std::accumulate(counts.begin(), counts.end(), Index{0});
  check.require(sum == size, "parts of {} samples add up to {}, the data set has {}", fmt::join(counts, ", "),
                sum, size);
  std::vector<Index> order = sample_order(check.label(), size);
  shuffle(order, RandomStream(seed.value_or(generator_state().seed), kSplitStream));
  std::vector<std::vector<Index>> parts;
  auto begin = order.begin();
  for (const Index count : counts) {
    parts.emplace_back(begin, begin + count);
    begin += count;
  }
  return parts;
}

std::vector<std::vector<Index>> random_parts(Located<const Dataset&> dataset,
                                             const std::vector<double>& fractions,
                                             std::optional<std::uint64_t> seed) {
  const OptionCheck check("random_split", dataset.where);
  for (std::size_t i = 0; i < fractions.size(); i++)
    check.within(fmt::format("fraction {}", i), fractions[i], 0, 1);
  const double sum = std::accumulate(fractions.begin(), fractions.end(), 0.0);
  check.require(std::abs(sum - 1) <= kSumTolerance, "fractions {} add up to {}, 1 is expected",
                fmt::join(fractions, ", "), sum);
  const Index size = dataset.value.size();
  std::vector<Index> counts;
  counts.reserve(fractions.size());
  for (const double fraction : fractions) {
    counts.push_back(static_cast<Index>(std::floor(fraction * static_cast<double>(size))));
  }
  const Index left_over = size - std::accumulate(counts.begin(), counts.end(), Index{0});
  for (Index i = 0; i < left_over; i++) counts[static_cast<std::size_t>(i) % counts.size()]++;
  return random_parts(dataset, std::move(counts), seed);
}

}  // namespace detail

Concat::Concat(std::initializer_list<std::reference_wrapper<const Dataset>> datasets, Location where)
    : datasets_(datasets) {
  const OptionCheck check("Concat", where);
  check.require(!datasets_.empty(), "no data set was given");
  for (std::size_t i = 0; i < datasets_.size(); i++) {
    const Dataset& dataset = datasets_[i];
    check.require(dataset.size() > 0, "data set {} has no samples", i);
    check.require(dataset.class_names() == class_names(), "data set {} has class names {}, data set 0 has {}",
                  i, dataset.class_names(), class_names());
    ends_.push_back((ends_.empty() ? 0 : ends_.back()) + dataset.size());
  }
}

Sample Concat::sample(Index i) const {
  detail::check_sample_index("Concat", i, size());
  const auto end = std::ranges::upper_bound(ends_, i);
  const Dataset& dataset = datasets_[static_cast<std::size_t>(end - ends_.begin())];
  return dataset.sample(i - (*end - dataset.size()));
}

}  // namespace reel::inline REEL_PRECISION
