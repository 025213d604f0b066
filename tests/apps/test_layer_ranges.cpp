#include <cmath>

#include <doctest/doctest.h>
#include <reel/reel.h>

#include "close.h"
#include "common/layer_ranges.h"

using namespace reel;
using namespace reel::apps;

namespace {

struct Net : Module {
  Linear& fc1 = add("fc1", Linear{6, 4});
  Linear& fc2 = add("fc2", Linear{4, 2});
  Var forward(Var x) override { return fc2(relu(fc1(x))); }
};

LayerRanges sampled() {
  Net net;
  LayerRanges ranges;
  for (const std::int64_t step : {1, 5}) {
    Tape tape;
    tape.backward(sum(net(tape.input(Tensor::randn({3, 6})))));
    ranges.sample(step, net, results_by_layer(tape));
  }
  return ranges;
}

}  // namespace

TEST_CASE("A layer's weight, gradient and result are sampled") {
  const LayerRanges ranges = sampled();
  REQUIRE(ranges.layers().size() == 2);
  CHECK(ranges.layers()[1].name == "fc2");
  for (const auto& samples : ranges.layers()[0].ranges) {
    REQUIRE(samples.size() == 2);
    CHECK(samples[1].step == 5);
    CHECK(samples[1].least < samples[1].most);
  }
}

TEST_CASE("Ranges come back from their state") {
  const LayerRanges ranges = sampled();
  LayerRanges loaded;
  loaded.load_state(ranges.state());
  REQUIRE(loaded.layers().size() == 2);
  CHECK(loaded.layers()[1].name == "fc2");
  CHECK_CLOSE(loaded.layers()[1].ranges[LayerRanges::kGradient][1].rms,
              ranges.layers()[1].ranges[LayerRanges::kGradient][1].rms);
}

TEST_CASE("A state that does not fit changes nothing") {
  LayerRanges ranges = sampled();
  for (const char* wrong : {"zzz.weight", "9999.fc3.bias", "9999.weight", "weight"}) {
    State state = sampled().state();
    state.tensors[wrong] = Tensor::zeros({1, 4});
    CHECK_THROWS_AS(ranges.load_state(state), FormatError);
  }
  const Tensor not_four = Tensor::zeros({1, 3}), no_step = Tensor::full({1, 4}, std::nanf(""));
  for (const Tensor& wrong : {not_four, no_step, Tensor::full({1, 4}, -1)}) {
    State state = sampled().state();
    state.tensors["0001.fc2.weight"] = wrong;
    CHECK_THROWS_AS(ranges.load_state(state), FormatError);
  }
  State state = sampled().state();
  state.integers["step"] = 1;
  CHECK_THROWS_AS(ranges.load_state(state), FormatError);
  REQUIRE(ranges.layers().size() == 2);
  for (const LayerRanges::Layer& layer : ranges.layers()) {
    for (const auto& samples : layer.ranges) CHECK(samples.size() == 2);
  }
}
