// Parts of a data set, and several as one.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/core/location.h>
#include <reel/datasets/dataset.h>

namespace reel::inline REEL_PRECISION {

/// Those samples of a data set that `indices` name, in their order; one may come several times.
class Subset : public Dataset {
 public:
  /// The data set must outlive it. No index, or one that is not 0 to size() - 1, is an Error.
  Subset(Located<const Dataset&> dataset, std::vector<Index> indices);
  Subset(Dataset&&, std::vector<Index>) = delete;

  Index size() const override { return std::ssize(indices_); }
  Sample sample(Index i) const override;
  const std::vector<std::string>& class_names() const override { return dataset_->class_names(); }
  const std::vector<Index>& indices() const { return indices_; }

 private:
  const Dataset* dataset_;
  std::vector<Index> indices_;
};

namespace detail {

// The indices of each part.
std::vector<std::vector<Index>> random_parts(Located<const Dataset&> dataset, std::vector<Index> counts,
                                             std::optional<std::uint64_t> seed);
std::vector<std::vector<Index>> random_parts(Located<const Dataset&> dataset,
                                             const std::vector<double>& fractions,
                                             std::optional<std::uint64_t> seed);

}  // namespace detail

/// Parts that have no sample in common and all of them together, drawn at random:
///   auto [train, held_out] = random_split(data, {0.9, 0.1});
/// by fractions that add up to 1 or by numbers of samples that add up to size(). A fraction f gets
/// floor(f size()); what is left over goes to the first parts, one each, as in PyTorch. What does not add up, or
/// a part without samples, is an Error. The parts depend on the seed alone, where it is not given that of
/// the program's generator (see reel::seed). The data set must outlive them.
template <class Part, std::size_t N>
requires std::integral<Part> || std::floating_point<Part> std::array<Subset, N> random_split(
    Located<const Dataset&> dataset, const Part (&parts)[N], std::optional<std::uint64_t> seed = {}) {
  using Number = std::conditional_t<std::integral<Part>, Index, double>;
  auto indices = detail::random_parts(dataset, std::vector<Number>(parts, parts + N), seed);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Subset, N>{Subset(dataset, std::move(indices[I]))...};
  }
  (std::make_index_sequence<N>{});
}
template <class Part, std::size_t N>
void random_split(Dataset&&, const Part (&)[N], std::optional<std::uint64_t> = {}) = delete;

/// The samples of several data sets, one after the other: Concat{a, b}.
class Concat : public Dataset {
 public:
  /// The data sets must outlive it. No data set, one without samples, or one with other class names than the
  /// first is an Error.
  Concat(std::initializer_list<std::reference_wrapper<const Dataset>> datasets, Location where = {});

  Index size() const override { return ends_.back(); }
  Sample sample(Index i) const override;
  const std::vector<std::string>& class_names() const override { return datasets_[0].get().class_names(); }

 private:
  std::vector<std::reference_wrapper<const Dataset>> datasets_;
  std::vector<Index> ends_;  // the number of the sample behind each data set
};

}  // namespace reel::inline REEL_PRECISION
