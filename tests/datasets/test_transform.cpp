#include <limits>
#include <set>

#include <doctest/doctest.h>
#include <reel/core/error.h>

#include "transform_support.h"

using namespace reel;
using namespace reel_test;

TEST_CASE("normalize subtracts the mean and divides by the deviation of each channel") {
  const Image image = changed(normalize({1, 10}, {2, 4}), counted({2, 1, 2}));
  CHECK(image.pixels == std::vector<Scalar>{0, 0.5, -1.75, -1.5});
}

TEST_CASE("normalize refuses what is no mean and deviation per channel") {
  CHECK_THROWS_WITH_AS(normalize({0, 0}, {1}), doctest::Contains("2 means and 1 standard deviations"), Error);
  CHECK_THROWS_AS(normalize({}, {}), Error);
  CHECK_THROWS_WITH_AS(
      normalize({0, 0}, {1, 0}),
      doctest::Contains("the standard deviation of channel 1 is 0, it must be a finite number above 0"),
      Error);
  CHECK_THROWS_AS(normalize({0}, {std::numeric_limits<Scalar>::quiet_NaN()}), Error);
  CHECK_THROWS_AS(normalize({0}, {std::numeric_limits<Scalar>::infinity()}), Error);
  CHECK_THROWS_AS(normalize({std::numeric_limits<Scalar>::quiet_NaN()}, {1}), Error);
  CHECK_THROWS_WITH_AS(changed(normalize({0}, {1}), counted({3, 2, 2})),
                       doctest::Contains("has 3 channels, 1 means"), ShapeError);
}

TEST_CASE("compose applies in order, each transform with random numbers of its own") {
  const Image image = counted({1, 1, 2});
  CHECK(changed(compose({normalize({1}, {1}), normalize({0}, {2})}), image).pixels ==
        std::vector<Scalar>{0, 0.5});
  CHECK(changed(compose({}), image).pixels == image.pixels);
  // With shared numbers both flips would always agree and the image never change.
  int flips = 0;
  for (std::uint64_t stream = 0; stream < 100; stream++) {
    flips +=
        changed(compose({random_horizontal_flip(), random_horizontal_flip()}), image, stream).pixels[0] == 2;
  }
  CHECK(flips > 25);
  CHECK(flips < 75);
  CHECK_THROWS_WITH_AS(compose({cutout(1), Transform()}), doctest::Contains("transform 1 is empty"), Error);
}

TEST_CASE("Transforms refuse what is no [C,H,W] image") {
  for (const Transform& transform :
       {normalize({0}, {1}), random_crop(), random_horizontal_flip(), cutout(1), compose({cutout(1)})}) {
    CHECK_THROWS_WITH_AS(changed(transform, counted({4, 4})), doctest::Contains("[C,H,W] is expected"),
                         ShapeError);
  }
}

TEST_CASE("Substreams of a random stream differ from it and from each other, and stay the same") {
  const RandomStream stream(3, 4);
  std::set<std::uint32_t> words;
  for (std::uint64_t i = 0; i < 50; i++) {
    words.insert(stream.bits(i));
    words.insert(stream.substream(i).bits(0));
    words.insert(stream.substream(i).substream(i).bits(0));
  }
  CHECK(words.size() == 150);
  CHECK(stream.substream(7).bits(9) == RandomStream(3, 4).substream(7).bits(9));
}
