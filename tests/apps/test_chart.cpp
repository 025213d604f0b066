#include <string>

#include <doctest/doctest.h>

#include "common/chart.h"

using reel::apps::line_chart;
using reel::apps::Series;

namespace {

const Series kTraining{"training", {{1, 2.2}, {2, 1.9}}}, kTest{"a < b", {{1, 2.1}, {2, 2.0}}};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) found++;
  return found;
}

}  // namespace

TEST_CASE("Several lines are explained in words outside of the picture and differ without colour") {
  const std::string chart = line_chart("epoch", "loss", {kTraining, kTest}, true);
  const std::string caption = chart.substr(0, chart.find("</figcaption>"));
  CHECK(count(caption, "training") == 1);
  CHECK(count(caption, "a &lt; b") == 1);
  CHECK(count(chart, "stroke-dasharray=\"none\"") == 2);  // in the legend and in the picture
  CHECK(count(chart, "stroke-dasharray=\"6 3\"") == 2);
  CHECK(count(chart, "training") == 1);
}

TEST_CASE("One line needs no legend") {
  CHECK(count(line_chart("epoch", "loss", {kTraining}, true), "class=\"key\"") == 0);
}

TEST_CASE("Losses within a decade have three ticks or more") {
  CHECK(count(line_chart("epoch", "loss", {kTraining, kTest}, true), "class=\"y\"") >= 3);
}

TEST_CASE("Points that cannot be drawn are left out, a chart without any is drawn") {
  const std::string chart = line_chart("step", "loss", {{"", {{1, 1}, {2, -1}, {3, 0.5}}}}, true);
  CHECK(count(chart, "M") == 2);
  CHECK(count(chart, "nan") == 0);
  CHECK(count(line_chart("step", "loss", {{"", {{1, -1}, {2, -1}}}}, true), "</svg>") == 1);
}

TEST_CASE("One point of each line is said in words, for it is no curve") {
  const std::string words =
      line_chart("epoch", "loss", {{"training", {{1, 0.5}}}, {"a < b", {{1, 0.25}}}}, true);
  CHECK(words == "<p>loss: training 0.5, a &lt; b 0.25 (epoch 1)</p>\n");
  CHECK(line_chart("step", "rate", {{"", {{7, 2}}}}, false) == "<p>rate: 2 (step 7)</p>\n");
  CHECK(line_chart("step", "rate", {{"", {}}}, false) == "<p>rate: nothing was measured</p>\n");
}
