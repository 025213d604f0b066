#include <reel/core/text/detail/table.h>

#include <doctest/doctest.h>

using namespace reel;

TEST_CASE("Columns stand under each other, and no line ends with blanks") {
  Table table("lrl");
  table.add({"name", "value", ""});
  table.add({"größe", "-1.5", "note"});
  CHECK(table.text(2) ==
        "  name   value\n"
        "  größe   -1.5  note\n");
}

TEST_CASE("Columns stand under each other where characters are wide") {
  Table table("lr");
  table.add({"步幅", "1"});
  table.add({"w", "填充 20"});
  CHECK(table.text(0) ==
        "步幅        1\n"
        "w     填充 20\n");
}

TEST_CASE("Blocks stand side by side, and what is between them in the middle") {
  const Block left = grid({{"1", "20"}, {"-3", "4"}, {"5", "6"}}), right = grid({{"7"}, {"8"}});
  CHECK(beside({{left}, {{}, "*"}, {right}}, 1) ==
        "  1  20     7\n"
        " -3   4  *  8\n"
        "  5   6\n");
}

TEST_CASE("Where there is less room, words are broken in their column, and what finds none stands below") {
  Table table("rll");
  table.add({"1", "first", "seven words that are a little too many"});
  table.add({"23", "second", ""});
  table.add_line("words across all of the columns of the table");
  CHECK(table.text(2, 40) ==
        "   1  first   seven words that are a\n"
        "                  little too many\n"
        "  23  second\n"
        "  words across all of the columns of the\n"
        "      table\n");
  CHECK(table.text(2, 24) ==
        "   1  first\n"
        "      seven words that\n"
        "          are a little\n"
        "          too many\n"
        "  23  second\n"
        "  words across all of\n"
        "      the columns of the\n"
        "      table\n");
  CHECK(grid({{"-1.5", "20", "7"}, {"3", "-4", "80"}}, 10) ==
        Block{"-1.5  20", "     7", "   3  -4", "    80"});
}

TEST_CASE("Blocks that find no room beside each other stand below") {
  const Block left = grid({{"1", "20"}, {"-3", "4"}}), right = grid({{"7"}, {"8"}});
  CHECK(beside({{left}, {{}, "*"}, {right}}, 1, 13) == beside({{left}, {{}, "*"}, {right}}, 1));
  CHECK(beside({{left}, {{}, "*"}, {right}}, 1, 12) ==
        "  1  20\n"
        " -3   4\n"
        " *\n"
        " 7\n"
        " 8\n");
  CHECK(beside({{Block{}}}, 1, 11).empty());
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
  const Crop wide({2, 20, 30}, 600 + 19 * 30 + 29, {8, 4});
  CHECK(wide.text() == "rows 16..19 of 20, columns 28..29 of 30");
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
