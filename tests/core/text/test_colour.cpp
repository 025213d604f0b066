#include <reel/core/text/detail/colour.h>

#include <doctest/doctest.h>

#include <string>

using namespace reel;

TEST_CASE("Negative numbers are red, and nothing else with a minus") {
  CHECK(coloured("a -1.5 b") == "a \x1b[31m-1.5\x1b[0m b");
  CHECK(coloured("[-24., 3.]") == "[\x1b[31m-24.\x1b[0m, 3.]");
  CHECK(coloured("-2e-05,-inf") == "\x1b[31m-2e-05\x1b[0m,\x1b[31m-inf\x1b[0m");
  for (const char* plain : {"zero-grad 1e-05 i-1 train-2.cpp", "channel 1 -> output", "- 3", "1.5"}) {
    CHECK(coloured(plain) == plain);
  }
}

TEST_CASE("What a number changed to is bold") {
  CHECK(coloured("3 -> 10 4") == "3 -> \x1b[1m10\x1b[0m 4");
  CHECK(coloured("-3 -> -1") == "\x1b[31m-3\x1b[0m -> \x1b[1m\x1b[31m-1\x1b[0m");
}
