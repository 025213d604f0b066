#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "common/range_chart.h"

using namespace reel::apps;

namespace {

// The least and the largest y in the outer band.
std::pair<double, double> heights(const std::string& svg) {
  const std::size_t begin = svg.find("points=\"") + 8;
  std::istringstream points(svg.substr(begin, svg.find('"', begin) - begin));
  std::pair<double, double> result{1e9, -1e9};
  double x = 0, y = 0;
  for (char comma = 0; points >> x >> comma >> y;) {
    result.first = std::min(result.first, y);
    result.second = std::max(result.second, y);
  }
  return result;
}

bool has_zero_line(const std::string& svg) { return svg.find("<line") != std::string::npos; }

}  // namespace

TEST_CASE("Numbers far from zero fill the picture") {
  const std::string svg = range_chart_svg("weight", {{1, 0.98, 1.02, 1}, {9, 0.93, 1.1, 1.01}});
  CHECK(heights(svg).second - heights(svg).first > 35);
  CHECK_FALSE(has_zero_line(svg));
}

TEST_CASE("Zero is in the picture where it is near") {
  CHECK(has_zero_line(range_chart_svg("", {{1, -1, 2, 0.5}, {9, -2, 3, 0.6}})));
  CHECK(has_zero_line(range_chart_svg("", {{1, 0.1, 2, 0.5}, {9, 0.2, 3, 0.6}})));
  CHECK(has_zero_line(range_chart_svg("", {{1, -2, -0.1, 0.5}})));
  CHECK_FALSE(has_zero_line(range_chart_svg("", {{1, -1.1, -0.9, 1}})));
}

TEST_CASE("Each sample says its numbers") {
  const std::string svg = range_chart_svg("", {{1, -1, 2, 0.5}, {9, -2, 3, 0.6}});
  CHECK(svg.find("<title>step 9: from -2 to 3, root mean square 0.6</title>") != std::string::npos);
  CHECK(svg.find("<title>step 1:") != std::string::npos);
  const std::string one = range_chart_svg("", {{4, -1, 2, 0.5}});
  CHECK(one.find("step 5") == std::string::npos);
}

TEST_CASE("Samples that are not finite are left out; without any there is no picture") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(range_chart_svg("", {}).empty());
  CHECK(range_chart_svg("", {{1, -infinity, 1, 0}}).empty());
  CHECK(range_chart_svg("a < b", {{1, 0, 0, 0}}).find("aria-label=\"a &lt; b\"") != std::string::npos);
}
