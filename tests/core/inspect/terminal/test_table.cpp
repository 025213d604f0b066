#include <reel/core/inspect/terminal/table.h>

#include <doctest/doctest.h>

using namespace reel;
using namespace reel::inspect;

TEST_CASE("Columns stand under each other, and no line ends with blanks") {
  Table table("lrl");
  table.add({"name", "value", ""});
  table.add({"größe", "-1.5", "note"});
  CHECK(table.text(2) ==
        "  name   value\n"
        "  größe   -1.5  note\n");
}

TEST_CASE("Blocks stand side by side, and what is between them in the middle") {
  const Block left = grid({{"1", "20"}, {"-3", "4"}, {"5", "6"}}), right = grid({{"7"}, {"8"}});
  CHECK(beside({{left}, {{}, "*"}, {right}}, 1) ==
        "  1  20     7\n"
        " -3   4  *  8\n"
        "  5   6\n");
}

TEST_CASE("A crop is the part of the last two dimensions that has an element in it") {
  const Crop small({2, 3, 4}, 17, 16);
  CHECK(small.whole());
  CHECK(small.leading == 1);
  CHECK(small.plane == 12);
  CHECK(small.at(1, 1) == 17);
  const Crop large({2, 20, 30}, 600 + 19 * 30 + 29, 16);
  CHECK_FALSE(large.whole());
  CHECK(large.text() == "rows 16..19 of 20, columns 16..29 of 30");
  CHECK(large.at(3, 13) == 600 + 19 * 30 + 29);
  const Crop vector({5}, 3, 16);
  CHECK(vector.rows == 1);
  CHECK(vector.columns == 5);
  const Crop scalar({}, 0, 16);
  CHECK(scalar.whole());
  CHECK(scalar.at(0, 0) == 0);
}

TEST_CASE("Of a 1x1 kernel a crop shows the channels") {
  const Crop crop({4, 3, 1, 1}, 7, 16);
  CHECK(crop.leading == 0);
  CHECK(crop.rows == 4);
  CHECK(crop.columns == 3);
  CHECK(crop.at(2, 1) == 7);
}
