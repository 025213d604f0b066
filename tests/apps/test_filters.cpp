#include "common/filters.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/digit_models.h"
#include "common/filter_strips.h"
#include "compare_support.h"
#include "small_training.h"

using namespace reel;
using namespace reel::apps;
using namespace reel_test;

namespace {

std::vector<std::int64_t> epochs_of(const FilterHistory& history) {
  std::vector<std::int64_t> epochs;
  for (const auto& moment : history.moments()) epochs.push_back(moment.epoch);
  return epochs;
}

}  // namespace

TEST_CASE("Filters are kept before the training and after the epochs 1, 2, 4 and so on, as they were then") {
  LeNet net;
  FilterHistory history;
  for (std::int64_t epoch = 0; epoch <= 9; epoch++) {
    net.conv1.weight.value.set(0, 0, 0, 0, static_cast<Scalar>(epoch));
    history.add(epoch, net);
    history.add(epoch, net);  // a run that was resumed at its start
  }
  CHECK(epochs_of(history) == std::vector<std::int64_t>{0, 1, 2, 4, 8});
  CHECK(history.moments()[3].weight.at(0, 0, 0, 0) == 4);
  SmallNet without;
  FilterHistory none;
  none.add(0, without);
  CHECK(none.moments().empty());
}

TEST_CASE("Filters come back from their state; one that does not fit changes nothing") {
  LeNet net;
  FilterHistory history, loaded;
  for (std::int64_t epoch = 0; epoch <= 16; epoch++) history.add(epoch, net);
  loaded.load_state(history.state());
  CHECK(epochs_of(loaded) == std::vector<std::int64_t>{0, 1, 2, 4, 8, 16});
  CHECK(same(loaded.state(), history.state()));
  for (const char* wrong : {"1", "epoch", "-000000001", "00000000001"}) {
    State state = history.state();
    state.tensors[wrong] = state.tensors.begin()->second;
    CHECK(contains(error_of<FormatError>([&] { loaded.load_state(state); }), wrong));
  }
  State state = history.state();
  state.tensors["0000000032"] = Tensor::zeros({6, 1, 3, 3});
  CHECK(contains(error_of<FormatError>([&] { loaded.load_state(state); }), "several shapes"));
  state.tensors["0000000032"] = Tensor::zeros({6});
  CHECK(contains(error_of<FormatError>([&] { loaded.load_state(state); }), "filters [n,c,h,w] are expected"));
  CHECK(epochs_of(loaded).size() == 6);
}

TEST_CASE("Grey filters are drawn in the colours of their signs, all moments on one scale") {
  const Tensor before = Tensor::from({1, 1, 1, 2}, {0.5, -0.25}), after = Tensor::from({1, 1, 1, 2}, {-2, 1});
  const std::string strips = filter_strips("a < b", {{0, before}, {3, after}});
  CHECK(contains(strips, "a &lt; b: blue is positive, orange negative; the full colour is 2."));
  CHECK(contains(strips, "<span>at the start</span>"));
  CHECK(contains(strips, "<span>epoch 3</span>"));
  CHECK(contains(strips, "class=\"pos\" d=\"M0 0h1v1h-1z\" opacity=\"0.25\""));
  CHECK(contains(strips, "class=\"neg\" d=\"M0 0h1v1h-1z\" opacity=\"1.00\""));
}

TEST_CASE(
    "Filters that a training left alone are one strip; coloured ones are images; of many the first are "
    "shown") {
  const Tensor frozen = Tensor::randn({40, 3, 2, 2});
  const std::string strips = filter_strips("w", {{0, frozen}, {1, frozen.clone()}});
  CHECK(occurrences(strips, "<img") == 32);
  CHECK(contains(strips, "the first 32 of 40"));
  CHECK(contains(strips, "The training did not change them."));
  CHECK_FALSE(contains(strips, "epoch"));
  CHECK_FALSE(contains(filter_strips("w", {{0, frozen}}), "did not change"));
  CHECK(contains(filter_strips("w", {{0, Tensor::zeros({1, 1, 2, 2})}}), "opacity=\"0.00\""));
}
