#include <reel/core/text/detail/nearest.h>

#include <doctest/doctest.h>

#include <vector>

using namespace reel;

TEST_CASE("The nearest word is that of the fewest edits, where any is near") {
  const std::vector<std::string> words = {"step", "back", "goto", "conv1.weight"};
  CHECK(nearest("stpe", words) == "step");
  CHECK(nearest("got", words) == "goto");
  CHECK(nearest("conv.weight", words) == "conv1.weight");
  CHECK(nearest("loss", words) == "");
  CHECK(nearest("", words) == "");
  CHECK(nearest("x", {}) == "");
}

TEST_CASE("Neighbours that changed places are one slip, and case is none") {
  const std::vector<std::string> words = {"w", "why", "window", "list", "dw"};
  CHECK(nearest("wyh", words) == "why");
  CHECK(nearest("WHY", words) == "why");
  CHECK(nearest("dW", words) == "dw");
  CHECK(nearest("lsit", words) == "list");
}

TEST_CASE("Of words that are as near the one with the longest common beginning is meant") {
  CHECK(nearest("cost", std::vector<std::string>{"most", "cosy", "lost"}) == "cosy");
  CHECK(nearest("cost", std::vector<std::string>{"most", "lost"}) == "most");
}

TEST_CASE("A suggestion ends a sentence") {
  const std::vector<std::string> words = {"loss", "x"};
  CHECK(suggestion("lsos", words) == "; did you mean \"loss\"?");
  CHECK(suggestion("something else", words) == "");
  CHECK(suggestion("something else", words, "; `list` shows them") == "; `list` shows them");
}

TEST_CASE("A word of megabytes takes no time, for nobody meant another by it") {
  const std::vector<std::string> words = {"why", std::string(4'000'000, 'x')};
  CHECK(nearest(std::string(4'000'001, 'x'), words) == "");
  CHECK(nearest("wyh", words) == "why");
}
