#include "playground/data.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "playground/drawing.h"

using namespace reel;
using namespace reel::playground;

namespace {

// `count` pictures of 2x2 pixels, of two classes in turn; each pixel is the number of its picture.
Pictures numbered(int count) {
  Pictures all{.shape = {1, 2, 2}, .pixels = {}, .labels = {}, .class_names = {"even", "odd"}};
  for (int i = 0; i < count; i++) {
    all.pixels.insert(all.pixels.end(), 4, static_cast<std::uint8_t>(i));
    all.labels.push_back(i % 2);
  }
  return all;
}

int first_number(const LabelledImages& images, Index i) {
  std::vector<Scalar> pixels(4);
  images.read(i, pixels);
  return static_cast<int>(pixels[0] * 255 + Scalar(0.5));
}

}  // namespace

TEST_CASE("Of pictures every fifth of a class is kept to judge by") {
  const Data data = pictures(numbered(20));
  CHECK(data.train->size() == 16);
  CHECK(data.test->size() == 4);
  const std::vector<int> kept{8, 9, 18, 19};
  for (Index i = 0; i < 4; i++) {
    CHECK(first_number(*data.test, i) == kept[static_cast<std::size_t>(i)]);
    CHECK(data.test->label(i) == i % 2);
  }
  CHECK(data.train->class_names() == std::vector<std::string>{"even", "odd"});
}

TEST_CASE(
    "Pictures of too few classes, and too few pictures of a class, are an error that says how many are "
    "wanted") {
  CHECK_THROWS_WITH_AS(pictures(numbered(9)),
                       doctest::Contains("the class \"odd\" has 4 pictures, 5 or more"), Error);
  Pictures one = numbered(10);
  one.class_names = {"all"};
  one.labels.assign(10, 0);
  CHECK_THROWS_WITH_AS(pictures(one), doctest::Contains("of 1 class, two or more are wanted"), Error);
}

TEST_CASE("A drawn line is fitted to MNIST's box and centred, whatever its unit and place") {
  const std::vector<Stroke> line{{{512, 128}, {512, 384}}};
  const Tensor image = drawn(line);
  CHECK(image.shape() == Shape{1, 28, 28});
  Index rows = 0;
  for (Index i = 0; i < 28; i++) {
    if (image.at(0, i, 14) > Scalar(0.5)) rows++;
  }
  CHECK(rows >= 18);
  CHECK(rows <= 20);
  CHECK(image.at(0, 14, 4) == 0);
  const std::vector<Stroke> small{{{2, 0.5f}, {2, 1.5f}}};
  CHECK(std::ranges::equal(drawn(small).values(), image.values()));
}

TEST_CASE("A point is a dot, and nothing is an error") {
  const std::vector<Stroke> dot{{{7, 7}}};
  CHECK(drawn(dot).at(0, 14, 14) == 1);
  CHECK_THROWS_WITH_AS(drawn({}), "nothing is drawn", Error);
  CHECK_THROWS_WITH_AS(drawn(std::vector<Stroke>{{}}), "a stroke has no point", Error);
}
