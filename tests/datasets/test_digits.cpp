#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/digits.h>

#include "close.h"
#include "compare_support.h"

using namespace reel;
using reel_test::contains;

namespace {

constexpr std::size_t kPixels = 28 * 28;

std::vector<Scalar> image(const LabelledImages& digits, Index i) {
  std::vector<Scalar> pixels(kPixels, std::numeric_limits<Scalar>::quiet_NaN());
  digits.read(i, pixels);
  return pixels;
}

double mean(const std::vector<Scalar>& pixels) {
  double sum = 0;
  for (const Scalar p : pixels) sum += p;
  return sum / static_cast<double>(pixels.size());
}

// Column and row of the centre of mass.
std::array<double, 2> centre(const std::vector<Scalar>& pixels) {
  double mass = 0, x = 0, y = 0;
  for (std::size_t k = 0; k < kPixels; k++) {
    mass += pixels[k];
    x += pixels[k] * static_cast<double>(k % 28);
    y += pixels[k] * static_cast<double>(k / 28);
  }
  return {x / mass, y / mass};
}

// The columns and rows that hold ink, as {width, height}.
std::array<int, 2> extent(const std::vector<Scalar>& pixels) {
  std::array<bool, 28> columns{}, rows{};
  for (std::size_t k = 0; k < kPixels; k++) {
    if (pixels[k] > 0) columns[k % 28] = rows[k / 28] = true;
  }
  return {static_cast<int>(std::ranges::count(columns, true)),
          static_cast<int>(std::ranges::count(rows, true))};
}

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A generated digit depends on seed and index alone, on no order and no count") {
  const GeneratedDigits few{20, 7}, many{60'000, 7};
  CHECK(few.size() == 20);
  CHECK(many.sample_shape() == Shape{1, 28, 28});
  std::vector<std::vector<Scalar>> forwards;
  for (Index i = 0; i < 20; i++) forwards.push_back(image(few, i));
  for (Index i = 19; i >= 0; i--) {
    CHECK(image(many, i) == forwards[static_cast<std::size_t>(i)]);
    CHECK(many.label(i) == few.label(i));
  }
}

TEST_CASE("Several threads read the same generated digits at once") {
  constexpr Index kCount = 200;
  const GeneratedDigits digits{kCount, 3};
  std::array<std::vector<Scalar>, 4> seen;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < seen.size(); t++) {
    threads.emplace_back([&, t] {
      seen[t].resize(kCount * kPixels);
      // each thread starts elsewhere
      for (Index k = 0; k < kCount; k++) {
        const Index i = (k + 50 * static_cast<Index>(t)) % kCount;
        digits.read(i, std::span(seen[t]).subspan(static_cast<std::size_t>(i) * kPixels, kPixels));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 1; t < seen.size(); t++) CHECK(seen[t] == seen[0]);
}

TEST_CASE("Another seed or index draws another digit") {
  const GeneratedDigits a{2'000, 1}, b{2'000, 2};
  int same_labels = 0;
  for (Index i = 0; i < 2'000; i++) same_labels += a.label(i) == b.label(i);
  // Two orders of ten have one place in common, with a variance of 1.
  CHECK_CLOSE(same_labels, 200, reel_test::kStandardErrors * std::sqrt(200.0) / 200);
  for (Index i = 0; i < 100; i++) {
    CHECK(image(a, i) != image(b, i));
    CHECK(image(a, i) != image(a, i + 1));
  }
}

TEST_CASE("Every ten generated digits show each digit once, in an order that changes") {
  const GeneratedDigits digits{1'000, 5};
  CHECK(digits.class_names() == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  std::array<int, 10> first_of_ten{};
  for (Index ten = 0; ten < 100; ten++) {
    std::array<int, 10> seen{};
    for (Index i = 0; i < 10; i++) seen[static_cast<std::size_t>(digits.label(10 * ten + i))]++;
    for (const int n : seen) CHECK(n == 1);
    first_of_ten[static_cast<std::size_t>(digits.label(10 * ten))]++;
  }
  for (const int n : first_of_ten) CHECK(n > 0);
}

TEST_CASE("Generated digits look as MNIST's do: grey levels, ink, box and centre of mass") {
  constexpr Index kCount = 3'000;
  const GeneratedDigits digits{kCount, 11};
  double total_ink = 0;
  for (Index i = 0; i < kCount; i++) {
    const std::vector<Scalar> pixels = image(digits, i);
    CAPTURE(i);
    CHECK(std::ranges::all_of(pixels,
                              [](Scalar p) { return p == static_cast<Scalar>(std::lround(p * 255)) / 255; }));
    CHECK(*std::ranges::max_element(pixels) <= 1);
    CHECK(*std::ranges::min_element(pixels) == 0);
    CHECK(*std::ranges::max_element(pixels) > 0.8);
    const double ink = mean(pixels);
    CHECK(ink > 0.02);
    CHECK(ink < 0.4);
    total_ink += ink;
    const auto [x, y] = centre(pixels);
    CHECK(std::abs(x - 14) < 0.6);
    CHECK(std::abs(y - 14) < 0.6);
    const auto [width, height] = extent(pixels);
    CHECK(std::max(width, height) >= 18);
    CHECK(std::max(width, height) <= 21);
  }
  CHECK_CLOSE(total_ink / kCount, 0.13, 0.1);  // MNIST: 0.1307
}

TEST_CASE("A template per digit tells most generated digits apart") {
  // The mean image of each class as a classifier: labels and pictures belong together, and differ by class.
  const GeneratedDigits train{2'000, 1}, test{500, 2};
  std::array<std::vector<double>, 10> means;
  for (auto& m : means) m.assign(kPixels, 0);
  for (Index i = 0; i < train.size(); i++) {
    const std::vector<Scalar> pixels = image(train, i);
    auto& m = means[static_cast<std::size_t>(train.label(i))];
    for (std::size_t k = 0; k < kPixels; k++) m[k] += pixels[k] / 200.0;
  }
  int right = 0;
  for (Index i = 0; i < test.size(); i++) {
    const std::vector<Scalar> pixels = image(test, i);
    std::array<double, 10> distance{};
    for (std::size_t c = 0; c < 10; c++) {
      for (std::size_t k = 0; k < kPixels; k++)
        distance[c] += (pixels[k] - means[c][k]) * (pixels[k] - means[c][k]);
    }
    right += std::ranges::min_element(distance) - distance.begin() == test.label(i);
  }
  CHECK(right > 325);  // 65%; chance is 10%
}

TEST_CASE("Generated digits refuse a count, an index or a buffer that does not fit") {
  const std::string none = message_of([] { GeneratedDigits(0, 1); });
  CHECK(contains(none, "count is 0"));
  CHECK(contains(none, "it must be 1 or more"));
  CHECK(contains(message_of([] { GeneratedDigits(std::numeric_limits<Index>::max(), 1); }),
                 "count is 9223372036854775807, it must be at most 9007199254740992"));
  CHECK(contains(message_of([] { GeneratedDigits(-5, 1); }), "count is -5"));

  const GeneratedDigits digits{100, 1};
  std::vector<Scalar> pixels(kPixels);
  CHECK(contains(message_of([&] { digits.read(100, pixels); }), "image 100 is out of range"));
  CHECK(contains(message_of([&] { digits.read(-1, pixels); }), "image -1 is out of range"));
  CHECK(contains(message_of([&] { digits.label(100); }), "0 to 99"));
  CHECK(contains(message_of([&] { digits.read(0, std::span(pixels).first(783)); }), "783 pixels"));
  CHECK_THROWS_AS(digits.read(0, std::span(pixels).first(783)), ShapeError);
}

TEST_CASE("No test digit of any seed is a training digit of another, and both come in another order") {
  constexpr Index kCount = 60;
  const auto images = [](std::uint64_t seed, Split split) {
    const GeneratedDigits digits(kCount, seed, split);
    std::set<std::vector<Scalar>> found;
    for (Index i = 0; i < kCount; i++) found.insert(image(digits, i));
    return found;
  };
  const auto order = [](Split split) {
    std::vector<int> labels;
    for (Index i = 0; i < kCount; i++) labels.push_back(GeneratedDigits(kCount, 2, split).label(i));
    return labels;
  };
  CHECK(order(Split::kTrain) != order(Split::kTest));
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, ~std::uint64_t{0}}) {
    const auto train = images(seed, Split::kTrain);
    CHECK(train.size() == kCount);
    for (const std::uint64_t other :
         {seed, seed - 1, seed + 1, seed ^ 1, ~seed, seed ^ std::uint64_t{1} << 63}) {
      for (const auto& test : images(other, Split::kTest)) CHECK_FALSE(train.contains(test));
      if (other != seed) CHECK(images(other, Split::kTrain) != train);
    }
  }
}
