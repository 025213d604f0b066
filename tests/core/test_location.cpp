#include <reel/core/location.h>

#include <doctest/doctest.h>

using namespace reel;

namespace {

int line_of(Location where = {}) { return where.line; }

}  // namespace

TEST_CASE("A defaulted Location is the caller's line") {
  CHECK(line_of() == __LINE__);
  CHECK(Location({}, "/home/me/train.cpp", 31).text() == "train.cpp:31");
  CHECK(Location({}, "C:\\me\\train.cpp", 31).text() == "train.cpp:31");
  CHECK(Location({}, "train.cpp", 31).text() == "train.cpp:31");
}

TEST_CASE("Scopes nest and end") {
  CHECK(Scope::path().empty());
  {
    const Scope outer("layer1", {}, Scope::Lines::kOwnLine);
    CHECK(Scope::path() == "layer1");
    {
      const Scope unnamed("", {}, Scope::Lines::kOwnLine);
      const Scope inner("conv2", {}, Scope::Lines::kOwnLine);
      CHECK(Scope::path() == "layer1.conv2");
    }
    CHECK(Scope::path() == "layer1");
  }
  CHECK(Scope::path().empty());
}

TEST_CASE("Inside a layer of Reel, the line that counts is the outermost layer's call") {
  const Location user({}, "train.cpp", 31), library({}, "conv2d.cpp", 12), deeper({}, "residual.cpp", 5);
  CHECK(Scope::resolve(library).line == 12);
  const Scope own("net", user, Scope::Lines::kOwnLine);
  CHECK(Scope::resolve(library).line == 12);
  const Scope layer("block", user, Scope::Lines::kCallersLine);
  CHECK(Scope::resolve(library).line == 31);
  const Scope inner("conv1", deeper, Scope::Lines::kCallersLine);
  CHECK(Scope::resolve(library).line == 31);
}

TEST_CASE("Messages name a call by op, scope and line") {
  CHECK(call_label("conv2d", "conv2", Location({}, "train.cpp", 31)) == "conv2d \"conv2\" (train.cpp:31)");
  CHECK(call_label("relu", "", Location({}, "train.cpp", 7)) == "relu (train.cpp:7)");
}
