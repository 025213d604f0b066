#include "common/network_tables.h"

#include <string>

#include <doctest/doctest.h>

#include "common/digit_models.h"
#include "compare_support.h"

using namespace reel_test;
using namespace reel::apps;

TEST_CASE("The table of a network has a row for each op, shares of the whole, and the totals") {
  LeNet net;
  const std::string table = network_table(summary(net, {1, 1, 28, 28}));
  CHECK(contains(
      table,
      "<tr><td class=\"name\">conv2</td><td class=\"name\">conv2d</td><td class=\"output\">16×10×10</td>"
      "<td class=\"share\" style=\"--m:0.039\">2,416</td>"
      "<td class=\"share\" style=\"--m:0.576\">240,000</td><td>14×14<span class=\"of\">, step "
      "2</span></td></tr>"));
  CHECK(contains(table,
                 "<td class=\"name\">relu</td><td class=\"output\">6×28×28</td><td></td><td></td><td>5×5"
                 "<span class=\"of\">, step 1</span></td>"));
  CHECK(contains(
      table,
      "all of the parameters are trainable</td><td class=\"output\"></td><td>61,706</td><td>416,520</td>"));
  net.conv1.weight.trainable = false;
  CHECK(contains(network_table(summary(net, {1, 1, 28, 28})), "61,556 of the parameters are trainable"));
}

TEST_CASE("The time by layer begins with the slowest, and leaves out what takes none") {
  reel::Profile profile;
  profile.add("block1.fast", "relu", reel::Pass::kForward, 0.001);
  profile.add("block1.slow", "a < b", reel::Pass::kForward, 0.004);
  profile.add("never", "relu", reel::Pass::kForward, 1e-7);
  const std::string table = profile_table(profile);
  CHECK(contains(table,
                 "block1.<wbr>slow</td><td class=\"name\">a &lt; b</td><td>4</td><td>0</td><td>80.0%</td>"));
  CHECK(table.find("slow") < table.find("fast"));
  CHECK(contains(table, "--m:0.250"));
  CHECK_FALSE(contains(table, "never"));
}
