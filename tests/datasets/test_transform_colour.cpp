#include <algorithm>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/detail/colour.h>

#include "close.h"
#include "transform_support.h"

using namespace reel;
using namespace reel_test;

namespace {

// The lowest and the highest of a number over 1000 draws.
template <class F>
std::pair<double, double> extremes(const Transform& transform, const Image& image, F number) {
  double least = 1e9, most = -1e9;
  for (std::uint64_t stream = 0; stream < 1000; stream++) {
    const double x = number(changed(transform, image, stream));
    least = std::min(least, x), most = std::max(most, x);
  }
  return {least, most};
}

void check_extremes(const std::pair<double, double>& found, double least, double most) {
  const double slack = (most - least) / 100;
  CHECK(found.first > least - slack / 100);
  CHECK(found.first < least + slack);
  CHECK(found.second < most + slack / 100);
  CHECK(found.second > most - slack);
}

}  // namespace

TEST_CASE("color_jitter draws its factors between 1 - b and 1 + b, and the turn of the hue to both sides") {
  const auto first = [](const Image& image) { return static_cast<double>(image.pixels[0]); };
  check_extremes(extremes(color_jitter({.brightness = 0.4}), {{1, 1, 1}, {0.5}}, first), 0.3, 0.7);
  check_extremes(extremes(color_jitter({.brightness = 3}), {{1, 1, 1}, {0.25}}, first), 0, 1);
  // A pixel and the mean: 0.6 and 0.5.
  check_extremes(extremes(color_jitter({.contrast = 0.5}), {{1, 1, 2}, {0.6f, 0.4f}}, first), 0.55, 0.65);
  // Red keeps its grey, 0.2989 of it.
  check_extremes(extremes(color_jitter({.saturation = 0.5}), {{3, 1, 1}, {0.5, 0, 0}}, first),
                 0.5 * (0.5 + 0.5 * 0.2989), 0.5 * (1.5 - 0.5 * 0.2989));
  // Pure red turned by h of the circle has 6h of green, or of blue to the other side.
  const auto turn = [](const Image& x) { return static_cast<double>(x.pixels[1] - x.pixels[2]) / 6; };
  check_extremes(extremes(color_jitter({.hue = 0.1}), {{3, 1, 1}, {1, 0, 0}}, turn), -0.1, 0.1);
}

TEST_CASE("color_jitter changes nothing without options, and of grey only brightness and contrast") {
  const Image colours = counted_to_one({3, 3, 4}), grey = counted_to_one({1, 3, 4});
  CHECK(changed(color_jitter({}), colours).pixels == colours.pixels);
  CHECK(changed(color_jitter({.saturation = 0.9, .hue = 0.5}), grey).pixels == grey.pixels);
  CHECK(changed(color_jitter({.brightness = 0.9}), grey).pixels != grey.pixels);
  CHECK(changed(color_jitter({.contrast = 0.9}), grey).pixels != grey.pixels);
}

TEST_CASE("color_jitter draws the same for any number of channels, and an order") {
  const ColorJitterOptions options{.brightness = 0.5, .contrast = 0.5};
  std::set<bool> contrast_first;
  for (std::uint64_t stream = 0; stream < 50; stream++) {
    const Image grey = changed(color_jitter(options), {{1, 1, 2}, {0.2f, 0.4f}}, stream);
    Image same{{3, 1, 2}, {0.2f, 0.4f, 0.2f, 0.4f, 0.2f, 0.4f}};
    same = changed(color_jitter(options), same, stream);
    // Grey of three equal channels is 0.9999 of them.
    CHECK_CLOSE(std::vector(same.pixels.begin(), same.pixels.begin() + 2), grey.pixels, 1e-3);
    // Both are linear here, and differ in the order by where the mean is clamped: bright pixels tell it.
    const Image bright =
        changed(color_jitter({.brightness = 1, .contrast = 1}), {{1, 1, 2}, {0.2f, 1}}, stream);
    contrast_first.insert(bright.pixels[1] == 1);
  }
  CHECK(contrast_first.size() == 2);
  CHECK_THROWS_WITH_AS(color_jitter({.brightness = -0.1}),
                       doctest::Contains("color_jitter (test_transform_colour.cpp:"), Error);
}

TEST_CASE("to_grayscale and random_grayscale make grey, in as many channels as are asked for or there are") {
  const Image colours = counted_to_one({3, 2, 2});
  Image grey = colours, greys = colours;
  make_grey(grey, 1);
  make_grey(greys, 3);
  CHECK(changed(to_grayscale(), colours).pixels == grey.pixels);
  CHECK(changed(to_grayscale(), colours).shape == Shape{1, 2, 2});
  CHECK(changed(to_grayscale(3), colours).pixels == greys.pixels);
  CHECK(changed(to_grayscale(1), grey).pixels == grey.pixels);
  CHECK(changed(to_grayscale(3), grey).pixels == greys.pixels);
  CHECK(changed(random_grayscale(1), colours).pixels == greys.pixels);
  CHECK(changed(random_grayscale(1), grey).pixels == grey.pixels);
  int changes = 0;
  for (std::uint64_t stream = 0; stream < 2000; stream++)
    changes += changed(random_grayscale(0.25), colours, stream).pixels == greys.pixels;
  CHECK(changes > 420);
  CHECK(changes < 580);
  for (const Index wrong : {0, 2, 4})
    CHECK_THROWS_WITH_AS(to_grayscale(wrong), doctest::Contains("it must be 1 or 3"), Error);
}

TEST_CASE("Transforms of colours refuse images that are neither grey nor coloured") {
  for (const Transform& transform : {color_jitter({}), to_grayscale(), random_grayscale(0)}) {
    CHECK_THROWS_WITH_AS(changed(transform, counted({2, 3, 3})),
                         doctest::Contains("has 2 channels, 1 (grey) or 3 (red, green, blue) are expected"),
                         ShapeError);
    CHECK_THROWS_WITH_AS(changed(transform, counted({3, 3})), doctest::Contains("[C,H,W] is expected"),
                         ShapeError);
  }
}
