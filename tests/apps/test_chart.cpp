#include <string>

#include <doctest/doctest.h>

#include "common/chart.h"
#include "compare_support.h"

using reel::apps::line_chart;
using reel::apps::Series;
using reel_test::occurrences;

namespace {

const Series kTraining{"training", {{1, 2.2}, {2, 1.9}}}, kTest{"a < b", {{1, 2.1}, {2, 2.0}}};

}  // namespace

TEST_CASE("Several lines are explained in words outside of the picture and differ without colour") {
  const std::string chart = line_chart("epoch", "loss", {kTraining, kTest}, true);
  const std::string caption = chart.substr(0, chart.find("</figcaption>"));
  CHECK(occurrences(caption, "training") == 1);
  CHECK(occurrences(caption, "a &lt; b") == 1);
  CHECK(occurrences(chart, "stroke-dasharray=\"none\"") == 2);  // in the legend and in the picture
  CHECK(occurrences(chart, "stroke-dasharray=\"6 3\"") == 2);
  CHECK(occurrences(chart.substr(chart.find("<polyline", chart.find("</figcaption>")), 200), "training") ==
        0);
}

TEST_CASE("The values above each x are there to point at, in words and in the picture") {
  const std::string chart = line_chart("epoch", "loss", {kTraining, kTest}, true);
  CHECK(occurrences(chart, "<g class=\"at\">") == 2);
  CHECK(occurrences(chart, "<title>epoch 2: 1.9 training; 2 a &lt; b</title>") == 1);
  CHECK(occurrences(chart, "class=\"series-1\">■ 2.1</tspan>") == 1);
  CHECK(occurrences(chart, "tabindex=\"0\"") == 1);
  const std::string gap = line_chart("epoch", "loss", {kTraining, {"late", {{2, 5}, {3, 6}}}}, false);
  CHECK(occurrences(gap, "<title>epoch 1: 2.2 training</title>") == 1);
  CHECK(occurrences(gap, "<title>epoch 3: 6 late</title>") == 1);
}

TEST_CASE("Neighbours of a long series are shown together, as their mean") {
  Series series;
  for (int step = 1; step <= 1600; step++) series.points.emplace_back(step, step % 2);
  const std::string chart = line_chart("step", "loss", {series}, false);
  CHECK(occurrences(chart, "<g class=\"at\">") == 160);
  CHECK(occurrences(chart, "<title>step 11–20: 0.5</title>") == 1);
}

TEST_CASE("A logarithmic axis is called one, and what does not change is no curve") {
  CHECK(occurrences(line_chart("epoch", "loss", {kTraining}, true), "(logarithmic axis)") == 2);
  CHECK(occurrences(line_chart("epoch", "loss", {kTraining}, false), "logarithmic") == 0);
  CHECK(line_chart("step", "rate", {{"", {{1, 0.1}, {2, 0.1}}}}, false) == "<p>rate: 0.1 throughout</p>\n");
}

TEST_CASE("One line needs no legend") {
  CHECK(occurrences(line_chart("epoch", "loss", {kTraining}, true), "class=\"key\"") == 0);
}

TEST_CASE("Losses within a decade have three ticks or more") {
  CHECK(occurrences(line_chart("epoch", "loss", {kTraining, kTest}, true), "class=\"y\"") >= 3);
}

TEST_CASE("Points that cannot be drawn are left out, a chart without any is drawn") {
  const std::string chart = line_chart("step", "loss", {{"", {{1, 1}, {2, -1}, {3, 0.5}}}}, true);
  CHECK(occurrences(chart, "M") == 2);
  CHECK(occurrences(chart, "nan") == 0);
  CHECK(occurrences(line_chart("step", "loss", {{"", {{1, -1}, {2, -2}}}}, true), "</svg>") == 1);
}

TEST_CASE("One point of each line is said in words, for it is no curve") {
  const std::string words =
      line_chart("epoch", "loss", {{"training", {{1, 0.5}}}, {"a < b", {{1, 0.25}}}}, true);
  CHECK(words == "<p>loss: 0.5 training; 0.25 a &lt; b (epoch 1)</p>\n");
  CHECK(line_chart("step", "rate", {{"", {{7, 2}}}}, false) == "<p>rate: 2 (step 7)</p>\n");
  CHECK(line_chart("step", "rate", {{"", {}}}, false) == "<p>rate: nothing was measured</p>\n");
}
