#include <cmath>
#include <limits>

#include <vector>

#include <doctest/doctest.h>

#include "close.h"
#include "common/axis.h"

using reel::apps::Axis;

namespace {

Axis axis(bool logarithmic, double least, double most) {
  Axis result(logarithmic, 0, 100);
  result.include(least);
  result.include(most);
  return result;
}

}  // namespace

TEST_CASE("Ticks are round and lie between the ends") {
  CHECK(axis(false, 0, 10).ticks() == std::vector<double>{0, 2, 4, 6, 8, 10});
  CHECK(axis(false, 0.93, 1.11).ticks().size() == 4);  // 0.95, 1, 1.05, 1.1
  CHECK(axis(true, 0.02, 0.6).ticks().size() == 5);    // 0.02, 0.05, 0.1, 0.2, 0.5
  CHECK(axis(true, 1e-6, 1).ticks().size() == 7);      // the powers alone
}

TEST_CASE("An axis has three ticks or more, whatever its ends") {
  for (const bool logarithmic : {false, true}) {
    for (const double least : {1e-7, 0.3, 1.0, 1.9, 2.2, 930.0}) {
      for (double ratio = 1.0; ratio < 1e5; ratio *= 1.013) {
        const auto ticks = axis(logarithmic, least, least * ratio).ticks();
        CAPTURE(logarithmic);
        CAPTURE(least);
        CAPTURE(ratio);
        REQUIRE(ticks.size() >= 3);
        REQUIRE(ticks.size() <= 12);
      }
    }
  }
}

TEST_CASE("An axis that counts has no ticks between two numbers") {
  CHECK(axis(false, 1, 2).ticks(1) == std::vector<double>{1, 2});
  CHECK(axis(false, 1, 1).ticks(1) == std::vector<double>{1});
  CHECK(axis(false, 0, 48).ticks(1) == std::vector<double>{0, 10, 20, 30, 40});
}

TEST_CASE("Places go from one end to the other; values that are all the same lie in the middle") {
  CHECK_CLOSE(axis(false, -1, 3).place(0), 25, reel_test::kExact);
  CHECK_CLOSE(axis(true, 0.01, 100).place(1), 50, reel_test::kExact);
  CHECK_CLOSE(axis(false, 0.1, 0.1).place(0.1), 50, reel_test::kExact);
  CHECK_CLOSE(axis(false, 0, 0).place(0), 50, reel_test::kExact);
  CHECK_CLOSE(axis(true, 2, 2).place(2), 50, reel_test::kExact);
}

TEST_CASE("What has no place is not drawable, and an axis of nothing has no ticks") {
  CHECK_FALSE(Axis(false, 0, 1).drawable(std::nan("")));
  CHECK_FALSE(Axis(false, 0, 1).drawable(std::numeric_limits<double>::infinity()));
  CHECK(Axis(false, 0, 1).drawable(-1));
  CHECK_FALSE(Axis(true, 0, 1).drawable(0));
  CHECK(Axis(false, 0, 1).ticks().empty());
  CHECK(Axis(true, 0, 1).ticks().empty());
}
