#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/transform.h>

using namespace reel;

namespace {

// Pixel i is i + 1, so that no pixel is zero.
Image counted(const Shape& shape) {
  Image image{shape, {}};
  for (Index i = 0; i < shape.numel(); i++) image.pixels.push_back(static_cast<Scalar>(i + 1));
  return image;
}

Image changed(const Transform& transform, Image image, std::uint64_t stream = 0) {
  transform(image, RandomStream(1, stream));
  return image;
}

}  // namespace

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

TEST_CASE("random_crop gives a window of the padded image, any of them, alike in all channels") {
  const Transform crop = random_crop({.padding = 1});
  std::set<std::vector<Scalar>> seen;
  for (std::uint64_t stream = 0; stream < 300; stream++) {
    const Image image = changed(crop, counted({2, 2, 2}), stream);
    REQUIRE(image.shape == Shape{2, 2, 2});
    seen.insert(image.pixels);
    for (std::size_t i = 0; i < 4; i++) {
      CHECK(image.pixels[i + 4] == (image.pixels[i] == 0 ? 0 : image.pixels[i] + 4));
    }
  }
  CHECK(seen.size() == 9);
  CHECK(seen.contains({1, 2, 3, 4, 5, 6, 7, 8}));
  CHECK(seen.contains({4, 0, 0, 0, 8, 0, 0, 0}));
  CHECK(seen.contains({0, 1, 0, 3, 0, 5, 0, 7}));
}

TEST_CASE("random_crop can mirror the image outside of it, as torch.nn.functional.pad(mode='reflect') does") {
  const Transform crop = random_crop({.padding = 2, .mode = PaddingMode::kReflect});
  std::set<std::vector<Scalar>> seen;
  for (std::uint64_t stream = 0; stream < 600; stream++) {
    const Image image = changed(crop, counted({2, 3, 3}), stream);
    REQUIRE(image.shape == Shape{2, 3, 3});
    seen.insert(image.pixels);
    for (std::size_t i = 0; i < 9; i++) CHECK(image.pixels[i + 9] == image.pixels[i] + 9);
  }
  const auto contains = [&](std::vector<Scalar> pixels) {
    for (std::size_t i = 0; i < 9; i++) pixels.push_back(pixels[i] + 9);
    return seen.contains(pixels);
  };
  CHECK(seen.size() == 16);  // of 25 windows: two to either side look the same
  CHECK(contains({1, 2, 3, 4, 5, 6, 7, 8, 9}));
  CHECK(contains({9, 8, 7, 6, 5, 4, 3, 2, 1}));  // by two to the upper left
  CHECK(contains({2, 3, 2, 5, 6, 5, 8, 9, 8}));  // by one to the right
  CHECK_THROWS_WITH_AS(changed(crop, counted({1, 2, 3})), doctest::Contains("padding 2"), ShapeError);
}

TEST_CASE("random_crop changes the size where asked, with a padding larger than the image too") {
  const Image image = changed(random_crop({.size = Size2{2, 3}}), counted({1, 4, 4}));
  CHECK(image.shape == Shape{1, 2, 3});
  REQUIRE(image.pixels.size() == 6);
  CHECK(image.pixels[5] == image.pixels[0] + 6);
  for (std::uint64_t stream = 0; stream < 100; stream++) {
    const Image far = changed(random_crop({.padding = 5, .size = 2}), counted({1, 1, 1}), stream);
    CHECK(std::ranges::count(far.pixels, 0) >= 3);
  }
}

TEST_CASE("random_crop refuses negative padding, empty windows and windows past the padded image") {
  CHECK_THROWS_WITH_AS(random_crop({.padding = -1}), doctest::Contains("padding is -1"), Error);
  CHECK_THROWS_WITH_AS(random_crop({.size = Size2{0, 3}}), doctest::Contains("the height of size is 0"),
                       Error);
  CHECK_THROWS_WITH_AS(changed(random_crop({.padding = 1, .size = 5}), counted({1, 2, 8})),
                       doctest::Contains("is smaller than the crop of 5x5"), ShapeError);
}

TEST_CASE("random_horizontal_flip mirrors each row with probability p") {
  const Image image = counted({2, 1, 3});
  CHECK(changed(random_horizontal_flip(1), image).pixels == std::vector<Scalar>{3, 2, 1, 6, 5, 4});
  CHECK(changed(random_horizontal_flip(0), image).pixels == image.pixels);
  int flips = 0;
  for (std::uint64_t stream = 0; stream < 2000; stream++) {
    flips += changed(random_horizontal_flip(0.25), image, stream).pixels[0] == 3;
  }
  CHECK(flips > 420);
  CHECK(flips < 580);
  CHECK_THROWS_WITH_AS(random_horizontal_flip(1.5), doctest::Contains("p is 1.5"), Error);
  CHECK_THROWS_AS(random_horizontal_flip(std::nan("")), Error);
}

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
