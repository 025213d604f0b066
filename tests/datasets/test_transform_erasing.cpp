#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>

#include "close.h"
#include "transform_support.h"

using namespace reel;
using namespace reel_test;

TEST_CASE("cutout clears a square that may reach over the edge") {
  std::set<Index> areas;
  for (std::uint64_t stream = 0; stream < 200; stream++) {
    const Image image = changed(cutout(3), counted({2, 5, 5}), stream);
    const Index first = std::count(image.pixels.begin(), image.pixels.begin() + 25, Scalar{0});
    CHECK(std::ranges::count(image.pixels, 0) == 2 * first);
    areas.insert(first);
  }
  CHECK(areas == std::set<Index>{4, 6, 9});
  CHECK(std::ranges::count(changed(cutout(100), counted({1, 4, 4})).pixels, 0) == 16);
  CHECK_THROWS_WITH_AS(cutout(0), doctest::Contains("size is 0"), Error);
}

TEST_CASE(
    "random_erasing fills a rectangle of the area and proportions that are asked for, alike in all "
    "channels") {
  constexpr Index kSide = 100;
  const Image image = counted({2, kSide, kSide});
  const Transform erase = random_erasing({.p = 1, .scale = {0.1, 0.2}, .ratio = {0.5, 3}, .value = -7});
  double least_area = 1, most_area = 0, least_ratio = 9, most_ratio = 0;
  for (std::uint64_t stream = 0; stream < 1000; stream++) {
    const Image erased = changed(erase, image, stream);
    Index top = kSide, bottom = -1, left = kSide, right = -1, count = 0, differing = 0;
    for (Index i = 0; i < kSide * kSide; i++) {
      const Scalar first = erased.pixels[static_cast<std::size_t>(i)];
      const Scalar second = erased.pixels[static_cast<std::size_t>(kSide * kSide + i)];
      differing += (first == -7) != (second == -7);
      if (first != -7) continue;
      count++;
      top = std::min(top, i / kSide), bottom = std::max(bottom, i / kSide);
      left = std::min(left, i % kSide), right = std::max(right, i % kSide);
    }
    const Index height = bottom - top + 1, width = right - left + 1;
    REQUIRE(count == height * width);
    CHECK(differing == 0);
    const double area = static_cast<double>(count) / (kSide * kSide);
    const double ratio = static_cast<double>(height) / static_cast<double>(width);
    least_area = std::min(least_area, area), most_area = std::max(most_area, area);
    least_ratio = std::min(least_ratio, ratio), most_ratio = std::max(most_ratio, ratio);
  }
  CHECK(least_area > 0.097);  // of whole pixels
  CHECK(least_area < 0.105);
  CHECK(most_area < 0.205);
  CHECK(most_area > 0.195);
  CHECK(least_ratio > 0.48);
  CHECK(least_ratio < 0.54);
  CHECK(most_ratio < 3.2);
  CHECK(most_ratio > 2.8);
}

TEST_CASE("random_erasing erases with probability p, and nothing where no rectangle fits") {
  const Image image = counted({1, 10, 10});
  int erased = 0;
  for (std::uint64_t stream = 0; stream < 2000; stream++)
    erased += changed(random_erasing({.p = 0.25, .scale = {0.1, 0.2}}), image, stream).pixels != image.pixels;
  CHECK(erased > 420);
  CHECK(erased < 580);
  CHECK(changed(random_erasing({.p = 1, .scale = {1, 1}}), image).pixels == image.pixels);
  CHECK(changed(random_erasing({.p = 1}), counted({1, 1, 1})).pixels == std::vector<Scalar>{1});
}
