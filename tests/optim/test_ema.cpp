#include <cstdint>
#include <limits>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/linear.h>
#include <reel/optim/ema.h>
#include <reel/optim/sgd.h>

#include "close.h"
#include "failing_new.h"

using namespace reel;

TEST_CASE("Ema averages parameters and buffers from the first update on, and swaps them in and out") {
  BatchNorm2d norm{1};
  Ema ema{norm, {.decay = 0.75}};
  norm.weight.value.mutable_data()[0] = 5;
  norm.running_mean.mutable_data()[0] = -4;
  ema.update();
  norm.weight.value.mutable_data()[0] = 10;
  norm.running_mean.mutable_data()[0] = 2;
  ema.update();
  ema.swap();
  CHECK_CLOSE(norm.weight.value.item(), 0.75 * 5 + 0.25 * 10);
  CHECK_CLOSE(norm.running_mean.item(), -0.75 * 4 + 0.25 * 2);
  ema.swap();
  CHECK(norm.weight.value.item() == 10);
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
  resumed.swap();
  BatchNorm2d norm{1};
  CHECK_THROWS_WITH_AS(resumed.load_state(Ema(norm).state()), doctest::Contains("running_mean"), FormatError);
}

TEST_CASE("Ema refuses a decay outside of [0, 1)") {
  BatchNorm2d norm{1};
  for (const double wrong : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH_AS(Ema(norm, {.decay = wrong}), doctest::Contains("decay"), Error);
  }
}

TEST_CASE("The first update is the weights to the bit, and so is every one without decay") {
  Linear linear{2, 1};
  Ema first{linear};
  linear.weight.value.fill(Scalar(1e-9));
  first.update();
  CHECK(first.state().tensors.at("weight").at(0, 1) == Scalar(1e-9));
  Ema none{linear, {.decay = 0}};
  for (const Scalar x : {std::numeric_limits<Scalar>::infinity(), Scalar(3), Scalar(1e-9)}) {
    linear.weight.value.fill(x);
    none.update();
    CHECK(none.state().tensors.at("weight").at(0, 0) == x);
  }
}

TEST_CASE("While an Ema's averages are in the module, only swap() goes on") {
  Linear linear{2, 1};
  Ema ema{linear, {.decay = 0.5}};
  ema.update();
  const State state = ema.state().clone();
  linear.weight.value.fill(8);
  ema.swap();
  CHECK_THROWS_WITH_AS(ema.update(),
                       doctest::Contains("update() was called while the averages are in the module"), Error);
  CHECK_THROWS_WITH_AS(ema.state(), doctest::Contains("swap() them back first"), Error);
  CHECK_THROWS_WITH_AS(ema.load_state(state), doctest::Contains("Ema (test_ema.cpp:"), Error);
  ema.swap();
  CHECK(linear.weight.value.at(0, 0) == 8);
  ema.update();
  CHECK(ema.state().integers.at("updates") == 2);
}

TEST_CASE("An Ema does not swap back what has changed while its averages were in the module") {
  Linear linear{2, 1};
  Ema ema{linear, {.decay = 0.5}};
  linear.weight.value.fill(1);
  ema.update();
  linear.weight.value.fill(8);
  ema.swap();
  linear.weight.grad = Tensor::ones({1, 2});
  SGD sgd{{&linear.weight}, {.lr = 2}};
  sgd.step();
  CHECK_THROWS_WITH_AS(ema.swap(),
                       doctest::Contains("the module's tensors were changed while the averages were in it"),
                       Error);
  CHECK(linear.weight.value.at(0, 0) == -1);
}

TEST_CASE("A swap that is refused, or has no memory for it, exchanges nothing") {
  Linear linear{2, 1};
  Ema ema{linear};
  linear.weight.value.fill(1);
  ema.update();
  linear.weight.value.fill(8);
  const auto holds = [&](Scalar number) { return linear.weight.value.at(0, 0) == number; };
  const int failures = reel_test::count_failed_allocations(
      [&] {
        if (holds(1)) ema.swap();
      },
      [&] { ema.swap(); }, [&] { return holds(8); });
  CHECK(failures > 5);
  CHECK(holds(1));
  ema.swap();
  CHECK(holds(8));
  ema.swap();
  linear.weight.value.fill(3);
  CHECK_THROWS_AS(ema.swap(), Error);
  CHECK(holds(3));
  CHECK_THROWS_AS(ema.update(), Error);  // the averages are still out
}

TEST_CASE("Before its first update an Ema has no average, and swap() leaves the module as it is") {
  Linear linear{2, 1};
  Ema ema{linear};
  linear.weight.value.fill(8);
  ema.swap();
  CHECK(linear.weight.value.at(0, 0) == 8);
  ema.swap();
  CHECK(linear.weight.value.at(0, 0) == 8);
}

TEST_CASE("Names that share a tensor have one average, which is swapped once") {
  struct Tied : Module {
    Linear& encoder = add("encoder", Linear{2, 2, {.bias = false}});
    Linear& decoder = add("decoder", Linear{2, 2, {.bias = false}});
    Tied() { decoder.weight.value = encoder.weight.value; }
    Var forward(Var x) override { return decoder(encoder(x)); }
  } net;
  Ema ema{net, {.decay = 0.5}};
  for (const Scalar x : {Scalar(1), Scalar(2)}) {
    net.encoder.weight.value.fill(x);
    ema.update();
  }
  const State state = ema.state();
  for (const char* name : {"encoder.weight", "decoder.weight"}) CHECK(state.tensors.at(name).at(0, 0) == 1.5);
  ema.swap();
  CHECK(net.decoder.weight.value.at(1, 1) == 1.5);
  ema.swap();
  CHECK(net.decoder.weight.value.at(1, 1) == 2);
  CHECK(net.decoder.weight.value.shares_storage(net.encoder.weight.value));
  ema.load_state(state.clone());
  CHECK(ema.state().tensors.at("decoder.weight").at(0, 0) == 1.5);
}

TEST_CASE("An Ema's state with updates below 0 or beyond 2^53 is refused") {
  Linear linear{2, 1};
  Ema ema{linear};
  ema.update();
  State state = ema.state().clone();
  for (const std::int64_t updates : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    state.integers["updates"] = updates;
    CHECK_THROWS_WITH_AS(ema.load_state(state), doctest::Contains("0 to 9007199254740992 is expected"),
                         FormatError);
  }
  CHECK(ema.state().integers.at("updates") == 1);
  state.integers["updates"] = std::int64_t{1} << 53;
  ema.load_state(state);
  CHECK_THROWS_WITH_AS(ema.update(), doctest::Contains("updates is 9007199254740992"), Error);
  CHECK(ema.state().integers.at("updates") == std::int64_t{1} << 53);
}
