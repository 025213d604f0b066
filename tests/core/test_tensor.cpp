#include <reel/core/tensor.h>

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/random.h>

#include "compare_support.h"

using namespace reel;

TEST_CASE("Tensors are made of values, ranges and constants") {
  CHECK(Tensor::zeros({2, 2}).text() == "tensor([[0., 0.],\n        [0., 0.]])");
  CHECK(Tensor::full({2}, 3).text() == "tensor([3., 3.])");
  CHECK(Tensor::arange(1, 4).text() == "tensor([1., 2., 3.])");
  CHECK(Tensor::arange(1, 0, Scalar(-0.25)).text() == "tensor([1.0000, 0.7500, 0.5000, 0.2500])");
  CHECK(Tensor::arange(0).shape() == Shape{0});
  CHECK(Tensor::from({2}, std::vector<Scalar>{1, 2}).at(1) == 2);
  CHECK_THROWS_AS(Tensor::arange(3, 0), ShapeError);
  CHECK_THROWS_AS(Tensor::arange(0, 3, 0), ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::arange(Scalar(1e30)), doctest::Contains("arange (test_tensor.cpp:"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::from({3}, {1, 2}), doctest::Contains("shape [3] wants 3 values, 2 were given"),
                       ShapeError);
}

TEST_CASE("randn and rand draw from the program's generator") {
  seed(5);
  const Tensor a = Tensor::randn({100}), b = Tensor::randn({100}), c = Tensor::rand({100}, 2, 3);
  seed(5);
  CHECK(Tensor::randn({100}).text() == a.text());
  CHECK(a.text() != b.text());
  for (const Scalar value : c.values()) CHECK((value >= 2 && value < 3));
}

TEST_CASE("A default constructed Tensor has no storage") {
  const Tensor t;
  CHECK_FALSE(t.defined());
  CHECK(t.shape() == Shape{0});
  CHECK(t.data() == nullptr);
  CHECK_FALSE(t.clone().defined());
  CHECK_FALSE(t.shares_storage(t));
  CHECK(t.text() == "tensor([])");
  CHECK(Tensor::zeros({0}).defined());
}

TEST_CASE("Copies share their elements, clones do not") {
  Tensor a = Tensor::arange(3);
  Tensor b = a, c = a.clone();
  CHECK(a.shares_storage(b));
  CHECK_FALSE(a.shares_storage(c));
  CHECK_FALSE(a.unique());
  CHECK(c.unique());
  b.set(0, 7);
  CHECK(a.at(0) == 7);
  CHECK(c.at(0) == 0);
  b = Tensor();
  CHECK(a.unique());
}

TEST_CASE("A moved-from Tensor is empty") {
  Tensor a = Tensor::arange(3);
  const Tensor b = std::move(a);
  CHECK_FALSE(a.defined());  // NOLINT(bugprone-use-after-move): what is tested
  CHECK(a.shape() == Shape{0});
  CHECK(b.numel() == 3);
}

TEST_CASE(
    "Opening the elements for writing counts as a change, reading does not, of a Tensor that is not const") {
  Tensor t = Tensor::zeros({2});
  std::uint64_t version = t.version();
  CHECK(t.at(0) == 0);
  CHECK(t.data()[1] == 0);
  CHECK(t.values().size() == 2);
  CHECK(t.version() == version);
  t.set(0, 1);
  CHECK(t.version() > version);
  version = t.version();
  t.fill(3);
  CHECK(t.version() > version);
  version = t.version();
  t.copy_from(Tensor::ones({2}));
  CHECK(t.version() > version);
}

TEST_CASE("at() counts from both ends and refuses what is not there") {
  const Tensor t = Tensor::arange(6).reshape({2, 3});
  CHECK(t.at(1, 2) == 5);
  CHECK(t.at(-1, -3) == 3);
  CHECK_THROWS_WITH_AS(t.at(2, 0), "index (2, 0): shape [2,3] has in dimension 0 the indices -2 to 1, not 2",
                       ShapeError);
  CHECK_THROWS_WITH_AS(
      t.at(0, -4), "index (0, -4): shape [2,3] has in dimension 1 the indices -3 to 2, not -4", ShapeError);
  CHECK_THROWS_WITH_AS(t.clone().set(5, 0, 1),
                       "index (5, 0): shape [2,3] has in dimension 0 the indices -2 to 1, not 5", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::zeros({0}).at(0), "index (0): shape [0] has in dimension 0 no index, not 0",
                       ShapeError);
  CHECK_THROWS_WITH_AS(t.at(1), "index (1): shape [2,3] takes 2 indices", ShapeError);
  CHECK(Tensor::full({}, 4).at() == 4);
}

TEST_CASE("item() wants exactly one element") {
  CHECK(Tensor::full({1, 1}, 4).item() == 4);
  CHECK_THROWS_WITH_AS(Tensor::zeros({2}).item(), doctest::Contains("item (test_tensor.cpp:"), ShapeError);
  CHECK_THROWS_AS(Tensor().item(), ShapeError);
}

TEST_CASE("reshape shares the elements and works out one size") {
  const Tensor t = Tensor::arange(12);
  const Tensor m = t.reshape({3, -1});
  CHECK(m.shape() == Shape{3, 4});
  CHECK(m.shares_storage(t));
  CHECK(Tensor::zeros({0, 3}).reshape({3, -1}).shape() == Shape{3, 0});
  CHECK_THROWS_WITH_AS(t.reshape({5, -1}), doctest::Contains("has 12 elements, [5,-1] cannot hold them"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(t.reshape({-1, -1}), doctest::Contains("only one size may be -1"), ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::zeros({0}).reshape({0, -1}), doctest::Contains("-1 could be any size"),
                       ShapeError);
  CHECK_THROWS_AS(t.reshape({-2, 6}), ShapeError);
}

TEST_CASE("copy_from wants the same shape") {
  Tensor t = Tensor::zeros({2, 3});
  CHECK_THROWS_WITH_AS(t.copy_from(Tensor::zeros({3, 2})),
                       doctest::Contains("shape [2,3] cannot take the elements of shape [3,2]"), ShapeError);
}

TEST_CASE("argmax finds the first of the largest along a dimension") {
  const Tensor t = Tensor::from({2, 3}, {1, 5, 5, 7, 2, 7});
  CHECK(t.argmax() == std::vector<Index>{1, 0});
  CHECK(t.argmax(0) == std::vector<Index>{1, 0, 1});
  CHECK(Tensor::from({3}, {1, NAN, NAN}).argmax() == std::vector<Index>{1});
  CHECK(Tensor::from({2}, {-INFINITY, -INFINITY}).argmax() == std::vector<Index>{0});
  CHECK(Tensor::zeros({2, 3, 0}).argmax(1).empty());
  CHECK(Tensor::zeros({0, 3}).argmax(1).empty());
  CHECK_THROWS_WITH_AS(Tensor::zeros({2, 0}).argmax(), doctest::Contains("argmax (test_tensor.cpp:"),
                       ShapeError);
  CHECK_ERROR(t.argmax(2),
              "argmax (test_tensor.cpp:", "dimension 2 is out of range for shape [2,3]: it has 2 dimensions");
  CHECK_ERROR(Tensor::full({}, 1).argmax(), "argmax (test_tensor.cpp:", "dimension -1", "[]");
}

TEST_CASE("rows() copies what Python's [begin:end] is") {
  const Tensor x = Tensor::arange(6).reshape({3, 2});
  CHECK(x.rows(1).values()[0] == 2);
  CHECK(x.rows(1).shape() == Shape{2, 2});
  CHECK(x.rows(0, 1).shape() == Shape{1, 2});
  CHECK(x.rows(-1).values()[1] == 5);
  CHECK(x.rows(0, -2).shape() == Shape{1, 2});
  CHECK(x.rows(2, 100).shape() == Shape{1, 2});
  CHECK(x.rows(2, 1).shape() == Shape{0, 2});
  CHECK(x.rows(7).numel() == 0);
  CHECK_FALSE(x.rows(0).shares_storage(x));
  CHECK_THROWS_WITH_AS(Tensor::full({}, 1).rows(0), doctest::Contains("rows (test_tensor.cpp:"), ShapeError);
}

TEST_CASE("index_select copies positions along a dimension") {
  const Tensor x = Tensor::arange(6).reshape({3, 2});
  const Tensor rows = x.index_select(0, {2, 0, -1});
  CHECK(rows.shape() == Shape{3, 2});
  CHECK(std::ranges::equal(rows.values(), std::vector<Scalar>{4, 5, 0, 1, 4, 5}));
  CHECK(std::ranges::equal(x.index_select(-1, {1}).values(), std::vector<Scalar>{1, 3, 5}));
  CHECK(x.index_select(1, std::vector<Index>{}).shape() == Shape{3, 0});
  CHECK_THROWS_WITH_AS(x.index_select(0, {3}),
                       doctest::Contains("position 3 is out of range for dimension 0 of shape [3,2]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(x.index_select(2, {0}), doctest::Contains("dimension 2 is out of range"), ShapeError);
}

TEST_CASE("arange stops before the end, also where rounding would let it in") {
  CHECK(Tensor::arange(0, 0.3, 0.1).numel() == 3);
  CHECK(Tensor::arange(0, Scalar(0.3), Scalar(0.1)).numel() == 3);
  for (const int n : {1, 2, 3, 6, 7, 11, 12, 99, 1000, 12345}) {
    CHECK(Tensor::arange(0, n * 0.1, 0.1).numel() == n);
    CHECK(Tensor::arange(0, Scalar(n) * Scalar(0.1), Scalar(0.1)).numel() == n);
    CHECK(Tensor::arange(1, 1 + n * 0.1, 0.1).numel() == n);
    CHECK(Tensor::arange(n * 0.3, 0, -0.3).numel() == n);
  }
  CHECK(Tensor::arange(0, 0.35, 0.1).numel() == 4);
  CHECK(Tensor::arange(1e6, 1e6 + 8).numel() == 8);
  CHECK(Tensor::arange(9e15, 9e15 + 8).numel() == 8);
  CHECK(Tensor::arange(0, 1000000.2).numel() == 1000001);
  CHECK(Tensor::arange(0, 2000000.125).at(-1) == 2000000);
  CHECK(Tensor::arange(0, -2000000.125, -1).at(-1) == -2000000);
  CHECK(Tensor::arange(0, 16777217).numel() == 16777217);
  CHECK(Tensor::arange(3, 3).numel() == 0);
  CHECK(Tensor::arange(3, 3, -1).numel() == 0);
  CHECK(Tensor::arange(0, 1e-3).numel() == 1);
  CHECK_CLOSE(Tensor::arange(0, 1, 0.25), Tensor::from({4}, {0, Scalar(0.25), Scalar(0.5), Scalar(0.75)}));
  constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
  constexpr double kUnbounded = std::numeric_limits<double>::infinity();
  for (const double wrong : {kNotANumber, kUnbounded, -kUnbounded}) {
    CHECK_ERROR(Tensor::arange(wrong, 3), "arange (test_tensor.cpp:", "no steps of 1 lead from");
    CHECK_ERROR(Tensor::arange(0, wrong), "no steps");
    CHECK_ERROR(Tensor::arange(0, 3, wrong), "no steps");
  }
  CHECK_ERROR(Tensor::arange(0, 1e30, 1e-30), "no steps");
  CHECK_ERROR(Tensor::arange(0, -0.5), "no steps of 1 lead from 0 to -0.5");
  CHECK_ERROR(Tensor::arange(5, 4.5), "no steps of 1 lead from 5 to 4.5");
  CHECK_ERROR(Tensor::arange(4.5, 5, -1), "no steps of -1 lead from 4.5 to 5");
}

TEST_CASE("rand never gives its upper end") {
  // Numbers of which more than half would round to the end.
  const Scalar low = 1, high = std::nextafter(low, Scalar(2));
  const Tensor narrow = Tensor::rand({1000}, low, high);
  for (const Scalar x : narrow.values()) CHECK(x == low);
  const Scalar far = Scalar(0x1p30), next = std::nextafter(far, Scalar(0x1p31));
  const Tensor wide = Tensor::rand({1000}, -next, far);
  for (const Scalar x : wide.values()) CHECK(x < far);
  const Tensor equal = Tensor::rand({3}, 5, 5);
  for (const Scalar x : equal.values()) CHECK(x == 5);
}
