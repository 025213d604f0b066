#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/parameter.h>

#include "close.h"

using namespace reel;

TEST_CASE("Parameters are tied where their values share storage") {
  Parameter a{.name = "a", .value = Tensor::ones({2, 3})}, b{.name = "b", .value = Tensor::ones({2, 3})};
  Parameter tied{.name = "tied", .value = a.value},
      reshaped{.name = "reshaped", .value = b.value.reshape({3, 2})};
  Parameter none{.name = "none", .value = {}}, other{.name = "other", .value = {}};
  const std::vector<Parameter*> all{&a, &b, &tied, &none, &reshaped, &other, &a};
  CHECK(first_of_ties(all) == std::vector<std::size_t>{0, 1, 0, 3, 1, 5, 0});
}

TEST_CASE("The gradients of tied parameters add up, and each keeps its own") {
  const Tensor one = Tensor::from({2}, {1, 2}), two = Tensor::from({2}, {10, 20}),
               three = Tensor::from({1, 2}, {100, 200});
  Tensor total;
  add_tied_gradient(total, one);
  CHECK(total.shares_storage(one));  // no copy where there is but one
  add_tied_gradient(total, two);
  add_tied_gradient(total, three);
  CHECK_CLOSE(total, Tensor::from({2}, {111, 222}));
  CHECK(one.at(0) == 1);
  CHECK(two.at(0) == 10);
  const Scalar* address = total.data();
  add_tied_gradient(total, one);
  CHECK(total.data() == address);  // and none where nobody else sees the sum
  CHECK_THROWS_WITH_AS(add_tied_gradient(total, Tensor::ones({1})),
                       doctest::Contains("the gradients of tied parameters are [2] and [1]"), ShapeError);
}
