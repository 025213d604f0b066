#include <functional>
#include <map>

#include <doctest/doctest.h>
#include <reel/datasets/detail/colour.h>

#include "close.h"
#include "golden/golden.h"
#include "golden/golden_check.h"

using namespace reel;
using namespace reel_test;

TEST_CASE("Colours are changed as torchvision documents it") {
  const std::map<std::string, std::function<void(Image&, const GoldenCase&)>> changes{
      {"grey", [](Image& image, const GoldenCase&) { make_grey(image, 1); }},
      {"brightness", [](Image& image, const GoldenCase& g) { adjust_brightness(image, g.number("factor")); }},
      {"contrast", [](Image& image, const GoldenCase& g) { adjust_contrast(image, g.number("factor")); }},
      {"saturation", [](Image& image, const GoldenCase& g) { adjust_saturation(image, g.number("factor")); }},
      {"hue", [](Image& image, const GoldenCase& g) { adjust_hue(image, g.number("turn")); }},
  };
  std::map<std::string, int> cases;
  for (const GoldenCase& golden : read_goldens("transforms")) {
    if (!changes.contains(golden.op)) continue;
    cases[golden.op]++;
    const Tensor x = golden.tensor("x");
    Image image{x.shape(), {x.values().begin(), x.values().end()}};
    changes.at(golden.op)(image, golden);
    check_golden(Tensor::from(image.shape, image.pixels), golden.tensor("y"), golden.label);
  }
  CHECK(cases == std::map<std::string, int>{
                     {"grey", 5}, {"brightness", 20}, {"contrast", 20}, {"saturation", 20}, {"hue", 20}});
}

TEST_CASE("Grey is made in one channel or in three, and is its own grey") {
  Image image{{3, 1, 2}, {1, 0, 0, 1, 0, 0}};
  make_grey(image, 3);
  CHECK(image.shape == Shape{3, 1, 2});
  const auto red = static_cast<Scalar>(0.2989), green = static_cast<Scalar>(0.587);
  CHECK(image.pixels == std::vector<Scalar>{red, green, red, green, red, green});
  make_grey(image, 1);
  CHECK(image.shape == Shape{1, 1, 2});
  const std::vector<Scalar> once = image.pixels;
  make_grey(image, 3);
  make_grey(image, 1);
  CHECK_CLOSE(image.pixels, std::vector<double>{0.9999 * double{once[0]}, 0.9999 * double{once[1]}});
}
