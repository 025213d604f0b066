#include <limits>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/linear.h>
#include <reel/optim/ema.h>

#include "close.h"

using namespace reel;

TEST_CASE("Ema averages parameters and buffers from the first update on, and swaps them in and out") {
  BatchNorm2d norm{1};
  Ema ema{norm, {.decay = 0.75}};
  norm.weight->value.mutable_data()[0] = 5;
  norm.running_mean.mutable_data()[0] = -4;
  ema.update();
  norm.weight->value.mutable_data()[0] = 10;
  norm.running_mean.mutable_data()[0] = 2;
  ema.update();
  ema.swap();
  CHECK_CLOSE(norm.weight->value.item(), 0.75 * 5 + 0.25 * 10);
  CHECK_CLOSE(norm.running_mean.item(), -0.75 * 4 + 0.25 * 2);
  ema.swap();
  CHECK(norm.weight->value.item() == 10);
  CHECK(norm.running_mean.item() == 2);
}

TEST_CASE("An Ema goes on from its state") {
  BatchNorm2d norm{1};
  Ema ema{norm, {.decay = 0.5}}, resumed{norm, {.decay = 0.5}};
  ema.update();
  resumed.load_state(ema.state().clone());
  norm.running_mean.mutable_data()[0] = 8;
  resumed.update();
  resumed.swap();
  CHECK(norm.running_mean.item() == 4);
}

TEST_CASE("The state of an Ema is that of its averages") {
  Linear linear{2, 1}, other{2, 1};
  Ema ema{linear}, resumed{other};
  ema.update();
  linear.weight.value.mutable_data()[1] = 100;
  ema.update();
  resumed.load_state(ema.state().clone());
  resumed.swap();
  ema.swap();
  CHECK(other.weight.value.at(0, 1) == linear.weight.value.at(0, 1));
  CHECK(other.weight.value.at(0, 1) < 1);
  const BatchNorm2d norm{1};
  CHECK_THROWS_WITH_AS(resumed.load_state(Ema(norm).state()), doctest::Contains("running_mean"), FormatError);
}

TEST_CASE("Ema refuses a decay outside of [0, 1)") {
  const BatchNorm2d norm{1};
  for (const double wrong : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH_AS(Ema(norm, {.decay = wrong}), doctest::Contains("decay"), Error);
  }
}
