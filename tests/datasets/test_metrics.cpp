#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/metrics.h>

#include "close.h"

using namespace reel;

namespace {

const Tensor kFourLogits = Tensor::from({4, 3}, {5, 1, 0, 0, 1, 2, 3, 9, 1, 0, 0, 4});  // classes 0, 2, 1, 2

}  // namespace

TEST_CASE("Mean weighs each number by its count") {
  Mean mean;
  CHECK_THROWS_WITH_AS(mean.value(), doctest::Contains("test_metrics.cpp"), Error);
  mean.add(3, 0);
  CHECK_THROWS_WITH_AS(mean.value(), doctest::Contains("before any number (with a count above 0) was added"),
                       Error);
  mean.add(2);
  mean.add(5, 3);
  CHECK_CLOSE(mean.value(), 17.0 / 4, reel_test::kExact);
  CHECK(mean.count() == 4);
  mean.add(std::nan(""), 0);
  CHECK_CLOSE(mean.value(), 17.0 / 4, reel_test::kExact);
  CHECK_THROWS_WITH_AS(mean.add(1, -2), doctest::Contains("a mean of -2 numbers"), Error);
}

TEST_CASE("Accuracy counts rows whose largest logit is that of the label") {
  Accuracy accuracy;
  CHECK_THROWS_WITH_AS(accuracy.value(), doctest::Contains("before any sample was added"), Error);
  accuracy.add(kFourLogits, std::vector{0, 2, 0, 1});
  CHECK(accuracy.correct() == 2);
  CHECK(accuracy.total() == 4);
  accuracy.add(kFourLogits, std::vector{0, 2, 1, 2});
  CHECK_CLOSE(accuracy.value(), 0.75, reel_test::kExact);
}

TEST_CASE("Accuracy refuses other shapes and labels, and counts nothing of them") {
  Accuracy accuracy;
  CHECK_THROWS_WITH_AS(accuracy.add(kFourLogits, std::vector{0, 1}), doctest::Contains("logits are [4,3]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(accuracy.add(kFourLogits, std::vector{0, 1}), doctest::Contains("test_metrics.cpp"),
                       ShapeError);
  CHECK_THROWS_AS(accuracy.add(Tensor::ones({4}), std::vector{0, 0, 0, 0}), ShapeError);
  CHECK_THROWS_WITH_AS(accuracy.add(kFourLogits, std::vector{0, 1, 3, 0}),
                       doctest::Contains("sample 2 has class 3, classes are 0 to 2"), Error);
  CHECK_THROWS_AS(accuracy.add(kFourLogits, std::vector{0, 1, -1, 0}), Error);
  CHECK(accuracy.total() == 0);
}

TEST_CASE("ConfusionMatrix counts true against predicted classes") {
  ConfusionMatrix matrix({"cat", "dog", "2"});
  matrix.add(kFourLogits, std::vector{0, 2, 0, 0});
  matrix.add(std::vector{1, 0}, std::vector{0, 0});
  CHECK(matrix.total() == 6);
  CHECK(matrix.at(0, 0) == 2);
  CHECK(matrix.at(0, 1) == 2);
  CHECK(matrix.at(0, 2) == 1);
  CHECK(matrix.at(2, 2) == 1);
  CHECK(matrix.at(1, 1) == 0);
  CHECK_CLOSE(matrix.recall(0), 0.4, reel_test::kExact);
  CHECK(std::isnan(matrix.recall(1)));
  CHECK_CLOSE(matrix.precision(0), 1, reel_test::kExact);
  CHECK_CLOSE(matrix.precision(2), 0.5, reel_test::kExact);
  CHECK(matrix.precision(1) == 0);
  CHECK(matrix.text() ==
        "true   0  1  2  recall\n"
        "0 cat  2  2  1   40.0%\n"
        "1 dog  0  0  0       -\n"
        "2      0  0  1  100.0%\n");
  CHECK(fmt::format("{}", matrix) == matrix.text());
}

TEST_CASE("ConfusionMatrix refuses other shapes, classes and positions") {
  CHECK_THROWS_WITH_AS(ConfusionMatrix({}), doctest::Contains("no classes"), Error);
  ConfusionMatrix matrix({"a", "b"});
  CHECK_THROWS_WITH_AS(matrix.add(kFourLogits, std::vector{0, 1, 1, 1}),
                       doctest::Contains("of 3 classes, the matrix has 2"), ShapeError);
  CHECK_THROWS_WITH_AS(matrix.add(std::vector{0, 1}, std::vector{0}),
                       doctest::Contains("2 predictions for 1 labels"), ShapeError);
  CHECK_THROWS_WITH_AS(matrix.add(std::vector{0, 2}, std::vector{0, 1}),
                       doctest::Contains("sample 1 has class 2"), Error);
  CHECK_THROWS_AS(matrix.add(std::vector{0, 1}, std::vector{0, -1}), Error);
  CHECK_THROWS_WITH_AS(matrix.at(0, 2), doctest::Contains("classes are 0 to 1"), Error);
  CHECK_THROWS_AS(matrix.recall(-1), Error);
  CHECK_THROWS_AS(matrix.precision(2), Error);
  CHECK(std::isnan(matrix.precision(1)));
  CHECK(matrix.total() == 0);
}

TEST_CASE("A Mean of more than 2^53 numbers is refused and stays as it was") {
  Mean mean;
  constexpr Index kMost = Index{1} << 53;
  CHECK_THROWS_WITH_AS(mean.add(1, std::numeric_limits<Index>::max()), doctest::Contains("9007199254740992"),
                       Error);
  mean.add(1, kMost);
  CHECK_THROWS_WITH_AS(mean.add(1),
                       doctest::Contains("a mean of 1 numbers was added to one of 9007199254740992"), Error);
  CHECK(mean.count() == kMost);
  CHECK(mean.value() == 1);
}
