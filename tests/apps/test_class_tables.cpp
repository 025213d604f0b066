#include "common/class_tables.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "compare_support.h"

using namespace reel_test;
using namespace reel::apps;

namespace {

const std::vector<std::string> kNames{"cat", "a < b", "none"};

// Ten cats, of which one is missed; four of the second class, of which two are.
reel::ConfusionMatrix matrix() {
  reel::ConfusionMatrix matrix(kNames);
  matrix.add(std::vector{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1},
             std::vector{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1});
  return matrix;
}

}  // namespace

TEST_CASE("A class has its recall and its precision, and bars of what is missing, on one scale") {
  const std::string table = recall_table(matrix(), kNames);
  CHECK(contains(table, "<td class=\"name\">a &lt; b</td><td>50.0%</td>"));
  CHECK(contains(table,
                 "--m:1.000\"></span>2<span class=\"of\"> of 4<"));  // the longest bar: half of the class
  CHECK(contains(table, "--m:0.200\"></span>1<span class=\"of\"> of 10<"));  // a tenth of the cats
  CHECK(contains(table, "<td>81.8%</td><td class=\"rest\"><span class=\"bar\" style=\"--m:0.364\"></span>2"));
  CHECK(contains(table, "<td class=\"name\">none</td><td>–</td><td></td><td>–</td><td></td>"));
}

TEST_CASE("Where nothing is wrong, no bar is long") {
  reel::ConfusionMatrix right({"a", "b"});
  right.add(std::vector{0, 1}, std::vector{0, 1});
  const std::string table = recall_table(right, {"a", "b"});
  CHECK(contains(table, "--m:0.000"));
  CHECK_FALSE(contains(table, "nan"));
}

TEST_CASE("A cell of the confusion says in words what it counts; long names stand upright") {
  const std::string table = confusion_table(matrix(), kNames);
  CHECK(contains(table, "title=\"2 of a &lt; b read as cat\">2</td>"));
  CHECK(contains(table, "title=\"0 of none read as none\"></td>"));
  CHECK(contains(table, "class=\"upright\""));
  CHECK_FALSE(contains(confusion_table(reel::ConfusionMatrix({"0", "1"}), {"0", "1"}), "upright"));
}
