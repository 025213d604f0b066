#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/group_norm.h>

#include "close.h"
#include "uniform.h"

using namespace reel;

TEST_CASE("GroupNorm is affine and InstanceNorm2d is not, unless it is said") {
  GroupNorm group{2, 4}, plain{2, 4, {.affine = false}};
  InstanceNorm2d instance{4, {.affine = true}};
  CHECK(plain.parameters().empty());
  CHECK((InstanceNorm2d{4}).parameters().empty());
  for (const auto& named : {group.named_parameters(), instance.named_parameters()}) {
    REQUIRE(named.size() == 2);
    CHECK(named[0].first == "weight");
    CHECK(named[1].first == "bias");
  }
  Tape tape;
  const Var x = tape.input(reel_test::uniform({2, 4, 3, 2}));
  CHECK_CLOSE(group(x).value(), plain(x).value());
  instance.weight.value.fill(2);
  instance.bias.value.fill(3);
  CHECK_CLOSE(instance(x).value(), (2 * instance_norm2d(x) + 3).value());
}

TEST_CASE("GroupNorm and InstanceNorm2d refuse arguments that make no sense") {
  CHECK_THROWS_WITH_AS((GroupNorm{2, 3}), doctest::Contains("GroupNorm"), ShapeError);
  CHECK_THROWS_WITH_AS((GroupNorm{0, 3}), doctest::Contains("0 groups cannot share"), ShapeError);
  CHECK_THROWS_WITH_AS((GroupNorm{1, 0}), doctest::Contains("channels is 0"), Error);
  CHECK_THROWS_WITH_AS((GroupNorm{1, 2, {.eps = -1}}), doctest::Contains("eps is -1"), Error);
  CHECK_THROWS_WITH_AS((InstanceNorm2d{0}), doctest::Contains("channels is 0"), Error);
  CHECK_THROWS_WITH_AS((InstanceNorm2d{2, {.eps = -1}}), doctest::Contains("eps is -1"), Error);
}
