#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/group_norm.h>

#include "close.h"
#include "uniform.h"

using namespace reel;

TEST_CASE("GroupNorm is affine unless it is said") {
  GroupNorm group{2, 4}, plain{2, 4, {.affine = false}};
  CHECK(plain.parameters().empty());
  const auto named = group.named_parameters();
  REQUIRE(named.size() == 2);
  CHECK(named[0].first == "weight");
  CHECK(named[1].first == "bias");
  Tape tape;
  const Var x = tape.input(reel_test::uniform({2, 4, 3, 2}));
  CHECK_CLOSE(group(x).value(), plain(x).value());
  group.weight->value.fill(2);
  group.bias->value.fill(3);
  CHECK_CLOSE(group(x).value(), (2 * group_norm(x, 2) + 3).value());
}

TEST_CASE("GroupNorm refuses arguments that make no sense") {
  CHECK_THROWS_WITH_AS((GroupNorm{2, 3}), doctest::Contains("GroupNorm"), ShapeError);
  CHECK_THROWS_WITH_AS((GroupNorm{0, 3}), doctest::Contains("0 groups cannot share"), ShapeError);
  CHECK_THROWS_WITH_AS((GroupNorm{1, 0}), doctest::Contains("channels is 0"), Error);
  CHECK_THROWS_WITH_AS((GroupNorm{1, 2, {.eps = -1}}), doctest::Contains("eps is -1"), Error);
}
