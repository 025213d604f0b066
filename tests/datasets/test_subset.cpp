#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/random.h>
#include <reel/datasets/digits.h>
#include <reel/datasets/loader.h>
#include <reel/datasets/subset.h>

#include "close.h"
#include "compare_support.h"
#include "datasets/loader_support.h"

using namespace reel;
using reel_test::contains, reel_test::CountingImages, reel_test::error_of, reel_test::first_n;
using reel_test::flat, reel_test::read_epoch;

namespace {

std::vector<int> labels_in(const Dataset& data) {
  std::vector<int> labels;
  for (Index i = 0; i < data.size(); i++) labels.push_back(data.sample(i).label.value());
  return labels;
}

// Those of all parts of a split, sorted: once each where the parts are the whole.
template <class Parts>
std::vector<int> all_labels(const Parts& parts) {
  std::vector<int> all;
  for (const Subset& part : parts) {
    const std::vector<int> labels = labels_in(part);
    all.insert(all.end(), labels.begin(), labels.end());
  }
  std::ranges::sort(all);
  return all;
}

template <class Parts>
std::vector<Index> sizes_of(const Parts& parts) {
  std::vector<Index> sizes;
  for (const Subset& part : parts) sizes.push_back(part.size());
  return sizes;
}

}  // namespace

TEST_CASE("A Subset has the samples at its indices, in their order, which may come again") {
  const CountingImages data(10);
  const Subset part(data, {7, 0, 9, 7});
  CHECK(part.size() == 4);
  CHECK(labels_in(part) == std::vector<int>{7, 0, 9, 7});
  CHECK(part.sample(2).inputs[0].at(0, 0, 1) == Scalar{9.5});
  const Subset of_part(part, {3, 1});
  CHECK(labels_in(of_part) == std::vector<int>{7, 0});
  Loader loader(of_part, {.batch = 2});
  CHECK(flat(read_epoch(loader)) == std::vector<int>{7, 0});
  const GeneratedDigits digits(4, 1);
  CHECK(Subset(digits, {1}).class_names() == digits.class_names());
}

TEST_CASE("A Subset refuses indices that are not there") {
  const CountingImages data(10);
  const std::string past = error_of<Error>([&] { Subset(data, {0, 10}); });
  CHECK(past.starts_with("Subset (test_subset.cpp:"));
  CHECK(past.ends_with("): index 1 of indices is 10, 0 to 9 is expected"));
  CHECK(
      contains(error_of<Error>([&] { Subset(data, {-1}); }), "index 0 of indices is -1, 0 to 9 is expected"));
  CHECK(contains(error_of<Error>([&] { Subset(data, {}); }), "indices are none"));
  const Subset part(data, {3, 4});
  CHECK(contains(error_of<Error>([&] { part.sample(2); }),
                 "Subset: sample 2 is asked for, there are samples 0 to 1"));
  CHECK(contains(error_of<Error>([&] { part.sample(-1); }), "Subset: sample -1 is asked for"));
  static_assert(
      !std::is_constructible_v<Subset, CountingImages, std::vector<Index>>);  // it would not outlive it
}

TEST_CASE("random_split gives parts of the numbers asked for, each sample in one of them") {
  const CountingImages data(50);
  const auto [train, held_out] = random_split(data, {45, 5}, 3);
  CHECK(train.size() == 45);
  CHECK(held_out.size() == 5);
  CHECK(all_labels(std::vector{train, held_out}) == first_n(50));
  CHECK(labels_in(held_out) != first_n(5));
  CHECK(all_labels(random_split(data, {10, 20, 20}, 3)) == first_n(50));
}

TEST_CASE("random_split turns fractions into numbers as PyTorch does") {
  const CountingImages ten(10), eleven(11), big(50000);
  CHECK(sizes_of(random_split(ten, {0.9, 0.1}, 0)) == std::vector<Index>{9, 1});
  CHECK(sizes_of(random_split(ten, {0.5, 0.25, 0.25}, 0)) == std::vector<Index>{6, 2, 2});
  CHECK(sizes_of(random_split(eleven, {0.25, 0.25, 0.25, 0.25}, 0)) == std::vector<Index>{3, 3, 3, 2});
  CHECK(sizes_of(random_split(eleven, {1 / 3.0, 1 / 3.0, 1 / 3.0}, 0)) == std::vector<Index>{4, 4, 3});
  CHECK(sizes_of(random_split(big, {0.9, 0.1}, 0)) == std::vector<Index>{45000, 5000});
  CHECK(sizes_of(random_split(ten, {1.0}, 0)) == std::vector<Index>{10});
  CHECK(all_labels(random_split(eleven, {0.25, 0.25, 0.25, 0.25}, 0)) == first_n(11));
}

TEST_CASE("random_split depends on its seed alone, or on the program's") {
  const CountingImages data(40);
  const auto held_out = [&](auto... seed) { return labels_in(random_split(data, {0.75, 0.25}, seed...)[1]); };
  CHECK(held_out(1) == held_out(1));
  CHECK(held_out(1) != held_out(2));
  const GeneratorGuard guard;
  seed(2);
  const GeneratorState before = generator_state();
  CHECK(held_out() == held_out(2));
  CHECK(generator_state() == before);
  // A Loader of the same seed goes through the whole in another order.
  Loader loader(data, {.batch = 40, .shuffle = true, .seed = 1});
  CHECK(flat(read_epoch(loader)) != labels_in(random_split(data, {40}, 1)[0]));
}

TEST_CASE("random_split brings each sample into a part as often as its share is") {
  const CountingImages data(4);
  int counts[4] = {};
  for (std::uint64_t seed = 0; seed < 4000; seed++) {
    for (const int label : labels_in(random_split(data, {1, 3}, seed)[0])) counts[label]++;
  }
  for (const int count : counts) CHECK_CLOSE(count, 1000, reel_test::kStandardErrors * std::sqrt(3.0 / 4000));
}

TEST_CASE("random_split refuses parts that are not the whole, or are empty") {
  const CountingImages data(10);
  const auto refusal = [&]<class Part, std::size_t N>(const Part(&parts)[N]) {
    return error_of<Error>([&] { random_split(data, parts); });
  };
  CHECK(refusal({5, 4}).starts_with("random_split (test_subset.cpp:"));
  CHECK(refusal({5, 4}).ends_with("): parts of 5, 4 samples add up to 9, the data set has 10"));
  CHECK(contains(refusal({10, 0}), "the size of part 1 is 0"));
  CHECK(contains(refusal({11, -1}), "the size of part 0 is 11"));
  CHECK(contains(refusal({0.96, 0.04}), "the size of part 1 is 0"));
  CHECK(contains(refusal({0.9, 0.2}), "fractions 0.9, 0.2 add up to 1.1"));
  CHECK(contains(refusal({0.9, 0.1 + 1e-8}), "1 is expected"));
  CHECK(contains(refusal({0.9, 0.1 + 1e-10}), "no error"));
  CHECK(contains(refusal({1.5, -0.5}), "fraction 0 is 1.5"));
}

TEST_CASE("Concat has the samples of its data sets one after the other") {
  const CountingImages three(3), one(1), two(2);
  const Concat all{three, one, two};
  CHECK(all.size() == 6);
  CHECK(labels_in(all) == std::vector<int>{0, 1, 2, 0, 0, 1});
  const Subset last(all, {5});
  const Concat mixed{last, three};
  CHECK(labels_in(mixed) == std::vector<int>{1, 0, 1, 2});
  Loader loader(mixed, {.batch = 4});
  CHECK(flat(read_epoch(loader)) == std::vector<int>{1, 0, 1, 2});
  const GeneratedDigits digits(4, 1), others(4, 2);
  CHECK(Concat{digits, others}.class_names() == digits.class_names());
}

TEST_CASE("Concat refuses what is no data set") {
  const CountingImages three(3), none(0);
  const GeneratedDigits digits(4, 1);
  const std::string empty = error_of<Error>([&] { Concat{three, none}; });
  CHECK(empty.starts_with("Concat (test_subset.cpp:"));
  CHECK(empty.ends_with("): data set 1 has no samples"));
  CHECK(contains(error_of<Error>([&] {
                   Concat{digits, three};
                 }),
                 R"(data set 1 has class names [], data set 0 has ["0", "1", "2", "3")"));
  CHECK(contains(error_of<Error>([&] { Concat({}); }), "no data set was given"));
  const Concat all{three, three};
  CHECK(contains(error_of<Error>([&] { all.sample(6); }),
                 "Concat: sample 6 is asked for, there are samples 0 to 5"));
}
