#include <reel/core/inspect/nearest.h>

#include <doctest/doctest.h>

#include <vector>

using namespace reel;

TEST_CASE("The nearest word is that of the fewest edits, where any is near") {
  const std::vector<std::string> words = {"step", "back", "goto", "conv1.weight"};
  CHECK(inspect::nearest("stpe", words) == "step");
  CHECK(inspect::nearest("got", words) == "goto");
  CHECK(inspect::nearest("conv.weight", words) == "conv1.weight");
  CHECK(inspect::nearest("loss", words) == "");
  CHECK(inspect::nearest("", words) == "");
  CHECK(inspect::nearest("x", {}) == "");
}
