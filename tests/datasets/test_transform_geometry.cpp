#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/detail/resample.h>

#include "close.h"
#include "transform_support.h"

using namespace reel;
using namespace reel_test;

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

TEST_CASE("random_vertical_flip mirrors each column with probability p") {
  const Image image = counted({2, 3, 2});
  CHECK(changed(random_vertical_flip(1), image).pixels ==
        std::vector<Scalar>{5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8});
  CHECK(changed(random_vertical_flip(1), counted({1, 1, 3})).pixels == counted({1, 1, 3}).pixels);
  CHECK(changed(random_vertical_flip(1), counted({1, 2, 1})).pixels == std::vector<Scalar>{2, 1});
  CHECK(changed(random_vertical_flip(0), image).pixels == image.pixels);
  int flips = 0;
  for (std::uint64_t stream = 0; stream < 2000; stream++)
    flips += changed(random_vertical_flip(0.25), image, stream).pixels[0] == 5;
  CHECK(flips > 420);
  CHECK(flips < 580);
  CHECK_THROWS_WITH_AS(random_vertical_flip(-0.5),
                       doctest::Contains("random_vertical_flip (test_transform_geometry.cpp:"), Error);
}

TEST_CASE("center_crop takes the middle, rounded to even, and zeros around a smaller image") {
  CHECK(changed(center_crop(2), counted({1, 4, 4})).pixels == std::vector<Scalar>{6, 7, 10, 11});
  CHECK(changed(center_crop({1, 2}), counted({2, 2, 3})).pixels ==
        std::vector<Scalar>{1, 2, 7, 8});                                                    // 0.5 to 0
  CHECK(changed(center_crop({1, 1}), counted({1, 1, 4})).pixels == std::vector<Scalar>{3});  // 1.5 to 2
  CHECK(changed(center_crop({3, 4}), counted({1, 2, 1})).pixels ==
        std::vector<Scalar>{0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0});
  const Image same = counted({3, 5, 2});
  CHECK(changed(center_crop({5, 2}), same).pixels == same.pixels);
  CHECK_THROWS_WITH_AS(center_crop({0, 2}), doctest::Contains("the height of size is 0"), Error);
}

TEST_CASE("resize takes both sides, resize_shorter_side keeps the proportions") {
  CHECK(changed(resize(3), counted({2, 5, 9})).shape == Shape{2, 3, 3});
  CHECK(changed(resize({1, 7}), counted({1, 4, 4})).shape == Shape{1, 1, 7});
  CHECK(changed(resize_shorter_side(4), counted({3, 8, 13})).shape == Shape{3, 4, 6});  // 6.5
  CHECK(changed(resize_shorter_side(4), counted({3, 13, 8})).shape == Shape{3, 6, 4});
  CHECK(changed(resize_shorter_side(10), counted({1, 5, 5})).shape == Shape{1, 10, 10});
  const Image same = counted({3, 5, 2});
  for (const Interpolation mode : {Interpolation::kNearest, Interpolation::kBilinear})
    CHECK(changed(resize({5, 2}, {.interpolation = mode}), same).pixels == same.pixels);
  // Each a mean of those that it stands for, weighted by a triangle; or the two in the middle.
  CHECK_CLOSE(changed(resize({1, 1}, {.antialias = false}), counted({1, 1, 4})).pixels,
              std::vector<Scalar>{2.5});
  Image line{{1, 1, 4}, {8, 0, 0, 0}};
  CHECK_CLOSE(changed(resize({1, 1}), line).pixels, std::vector<Scalar>{static_cast<Scalar>(8 * 0.625 / 3)});
  CHECK(changed(resize({1, 1}, {.antialias = false}), line).pixels == std::vector<Scalar>{0});
  CHECK_THROWS_WITH_AS(resize({4, 0}), doctest::Contains("the width of size is 0"), Error);
  CHECK_THROWS_WITH_AS(resize_shorter_side(0), doctest::Contains("size is 0"), Error);
}

TEST_CASE("random_resized_crop draws windows of the area and proportions that are asked for") {
  // The image's pixels say where they lie, so that the corners of the result tell the window.
  constexpr Index kSide = 200;
  Image places{{2, kSide, kSide}, {}};
  for (const bool row : {true, false}) {
    for (Index i = 0; i < kSide * kSide; i++)
      places.pixels.push_back(static_cast<Scalar>(row ? i / kSide : i % kSide));
  }
  const RandomResizedCropOptions options{
      .scale = {0.25, 0.5}, .ratio = {0.5, 2}, .interpolation = Interpolation::kNearest};
  double least_area = 1, most_area = 0, least_ratio = 9, most_ratio = 0;
  Index top_sum = 0;
  for (std::uint64_t stream = 0; stream < 1000; stream++) {
    const Image image = changed(random_resized_crop(kSide, options), places, stream);
    REQUIRE(image.shape == Shape{2, kSide, kSide});
    const std::size_t plane = kSide * kSide;
    const double height = static_cast<double>(image.pixels[plane - 1] - image.pixels[0]) + 1;
    const double width = static_cast<double>(image.pixels[2 * plane - 1] - image.pixels[plane]) + 1;
    least_area = std::min(least_area, height * width / plane),
    most_area = std::max(most_area, height * width / plane);
    least_ratio = std::min(least_ratio, width / height), most_ratio = std::max(most_ratio, width / height);
    top_sum += static_cast<Index>(image.pixels[0]) * 2 + static_cast<Index>(height) - 1;
  }
  const double rounding = 0.02;  // of sides of 70 pixels and more to whole ones
  CHECK(least_area > 0.25 - rounding);
  CHECK(least_area < 0.27);
  CHECK(most_area < 0.5 + rounding);
  CHECK(most_area > 0.48);
  CHECK(least_ratio > 0.5 - rounding);
  CHECK(least_ratio < 0.55);
  CHECK(most_ratio < 2 + 2 * rounding);
  CHECK(most_ratio > 1.8);
  CHECK(std::abs(static_cast<double>(top_sum) / 1000 - (kSide - 1)) < 6);  // twice the middle: of 200 rows
}

TEST_CASE(
    "random_resized_crop takes what fits best where no window fits, and the image where the window is it") {
  const RandomResizedCropOptions whole{.scale = {1, 1}, .ratio = {1, 1}};
  const Image same = counted({3, 5, 5});
  CHECK(changed(random_resized_crop(5, whole), same).pixels == same.pixels);
  CHECK(changed(random_resized_crop(3, whole), counted({1, 3, 7})).pixels ==
        std::vector<Scalar>{3, 4, 5, 10, 11, 12, 17, 18, 19});
  CHECK(changed(random_resized_crop(3, whole), counted({1, 7, 3})).pixels ==
        std::vector<Scalar>{7, 8, 9, 10, 11, 12, 13, 14, 15});
  CHECK(changed(random_resized_crop({1, 2}), counted({1, 1, 1})).pixels == std::vector<Scalar>{1, 1});
}

TEST_CASE("random_affine that changes nothing gives the image, and a mask moves with its image") {
  const Image image = counted({3, 6, 5});
  for (const Interpolation mode : {Interpolation::kNearest, Interpolation::kBilinear})
    CHECK(changed(random_affine({.interpolation = mode}), image).pixels == image.pixels);
  const RandomAffineOptions options{.degrees = 30, .scale = {0.8, 1.2}, .shear = 10, .translate_x = 0.2};
  const Transform all[]{random_affine(options), random_crop({.padding = 2}), random_horizontal_flip(),
                        random_vertical_flip(),
                        random_resized_crop(4, {.interpolation = Interpolation::kNearest})};
  for (const Transform& transform : all) {
    std::set<std::vector<Scalar>> seen;
    for (std::uint64_t stream = 0; stream < 30; stream++) {
      const Image moved = changed(transform, image, stream);
      const Image mask = changed(transform, counted({1, 6, 5}), stream);
      const auto plane = static_cast<std::ptrdiff_t>(mask.pixels.size());
      CHECK(std::vector(moved.pixels.begin(), moved.pixels.begin() + plane) == mask.pixels);
      CHECK(changed(transform, image, stream).pixels == moved.pixels);
      seen.insert(moved.pixels);
    }
    CHECK(seen.size() > 1);
  }
}

TEST_CASE("random_affine draws within its intervals, by whole pixels") {
  Image dot{{1, 21, 21}, std::vector<Scalar>(21 * 21, 0)};
  dot.pixels[10 * 21 + 10] = 1;
  std::set<Index> columns, rows;
  for (std::uint64_t stream = 0; stream < 1000; stream++) {
    const Image moved =
        changed(random_affine({.degrees = 180, .translate_x = 0.1, .translate_y = 0.2}), dot, stream);
    const Index place = std::ranges::find(moved.pixels, Scalar{1}) - moved.pixels.begin();
    columns.insert(place % 21), rows.insert(place / 21);
  }
  CHECK(columns == std::set<Index>{8, 9, 10, 11, 12});  // by 2.1 at most
  CHECK(rows == std::set<Index>{6, 7, 8, 9, 10, 11, 12, 13, 14});
  // A pixel to the right of the centre goes down: clockwise, by 60 to 90 degrees.
  Image right = dot;
  std::swap(right.pixels[10 * 21 + 10], right.pixels[10 * 21 + 18]);
  double least = 360, most = 0;
  for (std::uint64_t stream = 0; stream < 1000; stream++) {
    const Image turned = changed(
        random_affine({.degrees = {60, 90}, .interpolation = Interpolation::kBilinear}), right, stream);
    double x = 0, y = 0;
    for (Index i = 0; i < 21 * 21; i++) {
      x += static_cast<double>(turned.pixels[static_cast<std::size_t>(i)]) * static_cast<double>(i % 21 - 10);
      y += static_cast<double>(turned.pixels[static_cast<std::size_t>(i)]) * static_cast<double>(i / 21 - 10);
    }
    const double degrees = std::atan2(y, x) * 57.29577951308232;
    least = std::min(least, degrees), most = std::max(most, degrees);
  }
  CHECK(least > 59);
  CHECK(least < 62);
  CHECK(most > 88);
  CHECK(most < 91);
}

TEST_CASE("Transforms that move pixels refuse an image without any") {
  for (const Transform& transform :
       {random_vertical_flip(), center_crop(1), resize(2), resize_shorter_side(2), random_resized_crop(2),
        random_affine({.degrees = 5})}) {
    for (const Shape& shape : {Shape{4, 4}, Shape{3, 0, 4}, Shape{0, 4, 4}}) {
      CHECK_THROWS_WITH_AS(changed(transform, counted(shape)), doctest::Contains("[C,H,W] is expected"),
                           ShapeError);
    }
  }
}
