#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/tensor.h>
#include <reel/datasets/loader.h>
#include <reel/datasets/tensor_dataset.h>

#include "compare_support.h"

using namespace reel;
using reel_test::contains, reel_test::error_of;

namespace {

Tensor counted_rows(const Shape& shape) {
  return Tensor::arange(static_cast<double>(shape.numel())).reshape(shape);
}

bool same_numbers(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.values(), b.values());
}

}  // namespace

TEST_CASE("A TensorDataset has a row of its tensors in each sample") {
  const Tensor x = counted_rows({4, 2, 3}), y = counted_rows({4});
  const TensorDataset data(x, y);
  CHECK(data.size() == 4);
  const Sample sample = data.sample(2);
  REQUIRE(sample.inputs.size() == 1);
  CHECK(same_numbers(sample.inputs[0], Tensor::from({2, 3}, {12, 13, 14, 15, 16, 17})));
  CHECK(same_numbers(sample.target, Tensor::from({}, {2})));
  CHECK_FALSE(sample.label);
  Loader loader(data, {.batch = 4});
  const Batch batch = *loader.begin();
  CHECK(same_numbers(batch.images, x));
  CHECK(same_numbers(batch.targets, y));
}

TEST_CASE("A TensorDataset takes several inputs, labels with class names, or inputs alone") {
  const Tensor x = counted_rows({3, 2}), z = counted_rows({3, 1, 4});
  const TensorDataset labelled(x, {2, 0, 1}, {"cat", "dog", "cow"}), two({x, z}, counted_rows({3, 5}));
  const TensorDataset two_labelled({x, z}, {7, 8, 9}), alone(x);
  CHECK(labelled.sample(0).label == 2);
  CHECK_FALSE(labelled.sample(0).target.defined());
  CHECK(labelled.class_names() == std::vector<std::string>{"cat", "dog", "cow"});
  CHECK(same_numbers(two.sample(1).inputs[1], Tensor::from({1, 4}, {4, 5, 6, 7})));
  CHECK(same_numbers(two.sample(1).target, Tensor::from({5}, {5, 6, 7, 8, 9})));
  CHECK(two_labelled.sample(2).label == 9);
  CHECK(two_labelled.sample(2).inputs.size() == 2);
  CHECK(alone.sample(2).inputs.size() == 1);
  CHECK_FALSE(alone.sample(2).target.defined());
  CHECK_FALSE(alone.sample(2).label);
}

TEST_CASE("A TensorDataset shares its tensors, a sample has its own") {
  Tensor x = counted_rows({2, 2});
  const TensorDataset data(x);
  const Sample before = data.sample(1);
  x.set(1, 0, 7);
  CHECK(before.inputs[0].at(0) == 2);
  CHECK(data.sample(1).inputs[0].at(0) == 7);
}

TEST_CASE("A TensorDataset refuses tensors of different numbers of samples") {
  const Tensor x = counted_rows({4, 2});
  const std::string text = error_of([&] { TensorDataset(x, counted_rows({3})); });
  CHECK(text.starts_with("TensorDataset (test_tensor_dataset.cpp:"));
  CHECK(text.ends_with("): the target has shape [3], input 0 has [4,2]; as many samples are expected"));
  CHECK_ERROR(TensorDataset(std::vector{x, counted_rows({5, 2})}),
              "input 1 has shape [5,2], input 0 has [4,2]");
  CHECK_ERROR(TensorDataset(x, std::vector<int>{1, 2}), "2 labels are given, input 0 has shape [4,2]");
  CHECK_ERROR(TensorDataset(x, std::vector<int>{}), "0 labels are given");
  CHECK_ERROR(TensorDataset(counted_rows({})), "input 0 has shape [], [N,...] is expected");
  CHECK_ERROR(TensorDataset(x, counted_rows({})), "the target has shape [], [N,...] is expected");
  CHECK(contains(error_of<Error>([&] { TensorDataset{Tensor()}; }), "input 0 is an undefined tensor"));
  CHECK(contains(error_of<Error>([&] { TensorDataset(std::vector<Tensor>{}); }), "there is no input"));
  const TensorDataset data(x);
  CHECK(contains(error_of<Error>([&] { data.sample(4); }),
                 "TensorDataset: sample 4 is asked for, there are samples 0 to 3"));
}
