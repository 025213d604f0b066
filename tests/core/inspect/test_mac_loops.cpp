#include <reel/core/inspect/mac_loops.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace reel;
using namespace reel::inspect;

namespace {

std::string loops(std::string_view op, const std::vector<Shape>& inputs, const Shape& output) {
  std::string text;
  const std::vector<MacLoop> all = mac_loops(op, inputs, output);
  for (const MacLoop& loop : all) text += fmt::format("{}{} ", loop.name, loop.count);
  return text + fmt::format("= {}", macs_in(all));
}

}  // namespace

TEST_CASE("Convolutions and products are loops around one multiply-add") {
  CHECK(loops("conv2d", {{5, 4, 6, 6}, {8, 2, 3, 3}, {8}}, {5, 8, 4, 4}) == "n5 o8 c2 u3 v3 i4 j4 = 11520");
  CHECK(loops("conv1x1", {{5, 4, 6, 6}, {8, 4}}, {5, 8, 6, 6}) == "n5 o8 c4 i6 j6 = 5760");
  CHECK(loops("conv_transpose2d", {{1, 4, 6, 6}, {4, 2, 3, 3}}, {1, 2, 8, 8}) ==
        "n1 c4 o2 u3 v3 i6 j6 = 2592");
  CHECK(loops("linear", {{2, 5, 3}, {7, 3}, {7}}, {2, 5, 7}) == "n10 o7 c3 = 210");
  CHECK(loops("matmul", {{2, 3}, {3, 4}}, {2, 4}) == "i2 j4 k3 = 24");
  CHECK(loops("matmul", {{3}, {3, 4}}, {4}) == "j4 k3 = 12");
  CHECK(loops("matmul", {{5, 1, 2, 3}, {6, 3, 4}}, {5, 6, 2, 4}) == "n30 i2 j4 k3 = 720");
  CHECK(loops("relu", {{2, 3}}, {2, 3}) == "= 0");
}

TEST_CASE("An op that only bears the name of a product has no loops") {
  for (const char* op : {"conv2d", "conv1x1", "conv_transpose2d", "linear", "matmul"}) {
    CHECK(loops(op, {}, {2, 3}) == "= 0");
    CHECK(loops(op, {{2, 3}}, {2, 3}) == "= 0");
    CHECK(loops(op, {{}, {}}, {}) == "= 0");
  }
}
