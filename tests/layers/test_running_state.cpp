#include <reel/layers/running_state.h>

#include <doctest/doctest.h>
#include <reel/reel.h>

#include "../small_training.h"

using namespace reel;

TEST_CASE("buffers and counters that a forward has changed come back, parameters stay") {
  seed(1);
  reel_test::SmallNet net;
  State expected = net.state().clone();
  const RunningState before(net);
  Tape tape;
  net(tape.input(Tensor::randn({3, 1, 2, 2})));
  REQUIRE_FALSE(reel_test::same(net.state(), expected));
  net.fc.bias.value.fill(7);
  expected.tensors.at("fc.bias").fill(7);
  before.restore();
  CHECK(reel_test::same(net.state(), expected));
}

TEST_CASE("a forward in the scope of a guard leaves no trace, also where it throws") {
  seed(1);
  reel_test::SmallNet net;
  const State expected = net.state().clone();
  const auto forward = [&](bool fails) {
    const RunningStateGuard guard(net);
    Tape tape;
    net(tape.input(Tensor::randn({3, 1, 2, 2})));
    REQUIRE_FALSE(reel_test::same(net.state(), expected));
    if (fails) throw Error("no more");
  };
  forward(false);
  CHECK(reel_test::same(net.state(), expected));
  CHECK_THROWS_AS(forward(true), Error);
  CHECK(reel_test::same(net.state(), expected));
}
