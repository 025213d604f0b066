#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/state.h>

using namespace reel;
using doctest::Contains;

namespace {

State network_state() {
  State state;
  state.tensors["conv1.weight"] = Tensor::zeros({6, 1, 5, 5});
  state.tensors["conv1.bias"] = Tensor::zeros({6});
  state.integers["bn.num_batches_tracked"] = 3;
  state.reals["lr"] = 0.1;
  state.texts["schedule"] = "cosine";
  return state;
}

}  // namespace

TEST_CASE("State: merge puts a prefix in front and part takes it off") {
  State all;
  all.merge("model", network_state());
  all.merge("", network_state());
  CHECK(all.tensors.contains("model.conv1.weight"));
  CHECK(all.tensors.contains("conv1.weight"));
  const State part = all.part("model");
  CHECK(part.tensors.size() == 2);
  CHECK(part.integers == network_state().integers);
  CHECK(part.reals == network_state().reals);
  CHECK(part.texts == network_state().texts);
  CHECK(all.part("mod").tensors.empty());
}

TEST_CASE("State: clone has storage of its own") {
  State state = network_state();
  const State copy = state.clone();
  state.tensors["conv1.bias"].fill(7);
  CHECK(copy.tensors.at("conv1.bias").at(0) == 0);
  CHECK(copy.integers == state.integers);
}

TEST_CASE("check_state accepts the same names and shapes with other values") {
  State found = network_state();
  found.tensors["conv1.bias"].fill(7);
  found.integers["bn.num_batches_tracked"] = 4;
  CHECK_NOTHROW(check_state(network_state(), found, "a.safetensors"));
}

TEST_CASE("check_state lists what is missing, unexpected and of another shape at once") {
  State found = network_state();
  found.tensors.erase("conv1.bias");
  found.integers.clear();
  found.reals["momentum"] = 0.9;
  found.texts.clear();
  found.tensors["head.weight"] = Tensor::zeros({1});
  found.tensors["conv1.weight"] = Tensor::zeros({8, 1, 5, 5});
  CHECK_THROWS_WITH_AS(check_state(network_state(), found, "a.safetensors"),
                       "a.safetensors does not fit what it is loaded into; "
                       "missing: \"conv1.bias\", \"bn.num_batches_tracked\" (integer), \"schedule\" (text); "
                       "unexpected: \"head.weight\", \"momentum\" (real); "
                       "of another shape: \"conv1.weight\" [8,1,5,5] instead of [6,1,5,5]",
                       FormatError);
}

TEST_CASE("check_state counts what goes beyond ten names") {
  State many;
  for (char c = 'a'; c < 'a' + 12; c++) many.tensors[std::string(1, c)] = Tensor::zeros({1});
  CHECK_THROWS_WITH_AS(check_state(many, {}, "a"), Contains("\"i\", \"j\" and 2 more"), FormatError);
}

TEST_CASE("A clone's names share a tensor where the state's do, under their own shapes") {
  State state;
  state.tensors["a"] = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  state.tensors["b"] = state.tensors["a"].reshape({3, 2});
  state.tensors["c"] = Tensor::ones({2});
  state.tensors["none"] = Tensor();
  CHECK(one_name_a_tensor(state) == std::vector<std::string>{"a", "c", "none"});
  const State clone = state.clone();
  const Tensor &a = clone.tensors.at("a"), &b = clone.tensors.at("b");
  CHECK(a.shares_storage(b));
  CHECK_FALSE(a.shares_storage(state.tensors["a"]));
  CHECK(b.shape() == Shape{3, 2});
  CHECK(b.at(2, 1) == 6);
  CHECK_FALSE(clone.tensors.at("none").defined());
}
