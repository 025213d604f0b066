#include <reel/core/shape.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <reel/core/error.h>

using namespace reel;

TEST_CASE("A Shape knows its sizes, from both ends") {
  const Shape shape{64, 1, 28, 28};
  CHECK(shape.dim() == 4);
  CHECK(shape.numel() == 64 * 28 * 28);
  CHECK(shape[0] == 64);
  CHECK(shape[-1] == 28);
  CHECK(shape.resolve(-4) == 0);
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{}.dim() == 0);
  CHECK(Shape{3, 0}.numel() == 0);
  CHECK(Shape(std::vector<Index>{2, 3}) == Shape{2, 3});
}

TEST_CASE("Shapes are equal where all sizes are") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 1});
  CHECK(Shape{} != Shape{0});
}

TEST_CASE("A Shape formats as [64,1,28,28]") {
  CHECK(fmt::format("{}", Shape{64, 1, 28, 28}) == "[64,1,28,28]");
  CHECK(fmt::format("{:>7}|{:<7}|", Shape{2, 3}, Shape{4}) == "  [2,3]|[4]    |");
  CHECK(Shape{}.text() == "[]");
}

TEST_CASE("with() replaces one size") {
  CHECK(Shape{2, 3, 4}.with(1, 9) == Shape{2, 9, 4});
  CHECK(Shape{2, 3, 4}.with(-1, 0) == Shape{2, 3, 0});
  CHECK_THROWS_AS((Shape{2, 3}.with(2, 1)), ShapeError);
  CHECK_THROWS_AS((Shape{2, 3}.with(0, -1)), ShapeError);
}

TEST_CASE("Impossible shapes are errors") {
  CHECK_THROWS_WITH_AS((Shape{2, -3}), doctest::Contains("shape [2,-3] has a negative size"), ShapeError);
  CHECK_THROWS_WITH_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), doctest::Contains("9 dimensions, at most 8"),
                       ShapeError);
  CHECK_THROWS_WITH_AS((Shape{Index{1} << 40, Index{1} << 40}), doctest::Contains("too many elements"),
                       ShapeError);
  CHECK_THROWS_AS((Shape{Index{1} << 59}), ShapeError);
  CHECK_THROWS_AS((Shape{0, Index{1} << 40, Index{1} << 40}), ShapeError);
  CHECK(Shape{Index{1} << 58}.numel() == Index{1} << 58);
}

TEST_CASE("A dimension out of range is an error that names shape and dimension") {
  const Shape shape{2, 3};
  CHECK_THROWS_WITH_AS(shape[2], doctest::Contains("dimension 2 is out of range for shape [2,3]"),
                       ShapeError);
  CHECK_THROWS_AS(shape[-3], ShapeError);
  CHECK_THROWS_AS(Shape{}[0], ShapeError);
}

TEST_CASE("Sizes and paddings of images come from one number or several") {
  CHECK(Size2(3) == Size2{3, 3});
  CHECK(Padding2(2) == Padding2{2, 2, 2, 2});
  CHECK(Padding2{1, 2} == Padding2{1, 1, 2, 2});
}
