#include <doctest/doctest.h>
#include <reel/reel.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/digit_models.h"
#include "common/graph_picture.h"
#include "own_op.h"

using namespace reel;
using namespace reel::apps;

namespace {

struct DrawnBox {
  double x, y, width, height;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

using Points = std::vector<std::pair<double, double>>;

// What one <svg> of a figure draws.
struct DrawnGraph {
  std::vector<DrawnBox> boxes;
  std::vector<Points> wires;  // corners, which the drawing rounds
};

template <class Visit>
void for_each_match(const std::string& text, const std::string& pattern, Visit visit) {
  const std::regex regex(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) visit(*it);
}

std::size_t matches(const std::string& text, const std::string& pattern) {
  std::size_t count = 0;
  for_each_match(text, pattern, [&](const std::smatch&) { count++; });
  return count;
}

// Of "M x y", "V y", "H x" and the rounded corners "q dx dy dx dy".
Points corners_of(const std::string& path) {
  Points points;
  double x = 0, y = 0;
  for_each_match(path, "([MVHq])([^MVHq]*)", [&](const std::smatch& step) {
    std::istringstream numbers(step[2]);
    std::vector<double> at;
    for (double number = 0; numbers >> number;) at.push_back(number);
    const char kind = *step[1].first;
    if (kind == 'M') x = at.at(0), y = at.at(1);
    if (kind == 'V') y = at.at(0);
    if (kind == 'H') x = at.at(0);
    if (kind == 'q') {
      points.emplace_back(x + at.at(0), y + at.at(1));
      x += at.at(2), y += at.at(3);
    }
    points.emplace_back(x, y);
  });
  return points;
}

std::vector<DrawnGraph> drawn_graphs(const std::string& figure) {
  std::vector<DrawnGraph> graphs;
  for (std::size_t at = figure.find("<svg"); at != std::string::npos; at = figure.find("<svg", at + 1)) {
    const std::string svg = figure.substr(at, figure.find("</svg>", at) - at), number = "=\"([-0-9.]+)\" ";
    DrawnGraph& graph = graphs.emplace_back();
    for_each_match(
        svg, "class=\"node [a-z]+\"><rect x" + number + "y" + number + "width" + number + "height" + number,
        [&](const std::smatch& m) {
          graph.boxes.push_back({std::stod(m[1]), std::stod(m[2]), std::stod(m[3]), std::stod(m[4])});
        });
    for_each_match(svg, "class=\"wire\" d=\"([^\"]*)\"",
                   [&](const std::smatch& m) { graph.wires.push_back(corners_of(m[1])); });
  }
  return graphs;
}

bool overlap(const DrawnBox& a, const DrawnBox& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

DrawnBox around(const std::pair<double, double>& a, const std::pair<double, double>& b) {
  return {std::min(a.first, b.first), std::min(a.second, b.second), std::abs(a.first - b.first) + 0.01,
          std::abs(a.second - b.second) + 0.01};
}

// How often wires of different values meet: those of one value begin at one place.
std::size_t crossings(const DrawnGraph& graph) {
  std::size_t count = 0;
  for (const Points& a : graph.wires) {
    for (const Points& b : graph.wires) {
      if (a.front() >= b.front()) continue;
      for (std::size_t i = 1; i < a.size(); i++)
        for (std::size_t k = 1; k < b.size(); k++)
          count += overlap(around(a[i - 1], a[i]), around(b[k - 1], b[k])) ? 1 : 0;
    }
  }
  return count;
}

void check_drawn(const DrawnGraph& graph) {
  for (std::size_t i = 0; i < graph.boxes.size(); i++)
    for (std::size_t k = 0; k < i; k++) CHECK_FALSE(overlap(graph.boxes[i], graph.boxes[k]));
  for (const Points& wire : graph.wires) {
    for (std::size_t i = 1; i < wire.size(); i++) {
      CHECK(wire[i].second >= wire[i - 1].second);  // none runs up
      for (const DrawnBox& box : graph.boxes) CHECK_FALSE(overlap(around(wire[i - 1], wire[i]), box));
    }
  }
}

// That the picture has every operator and arrow; its columns.
std::vector<DrawnGraph> checked_graphs(const std::vector<OnnxPart>& parts) {
  const std::string figure = graph_picture(parts);
  std::map<std::string, int> operators;  // in the graph, less those in the picture
  std::size_t inputs = 0;
  for (const OnnxPart& part : parts) {
    inputs += part.inputs.size();
    for (const std::string& type : part.operators) operators[type]++;
  }
  for_each_match(figure, "class=\"op\">([^<]*)<(?:/tspan><tspan class=\"soft\" dx=\"6\">(Identity))?",
                 [&](const std::smatch& m) {
                   for_each_match(m.str(1) + " " + m.str(2), "[A-Z][A-Za-z]+",
                                  [&](const std::smatch& type) { operators[type.str()]--; });
                 });
  for (const auto& operation : operators) CHECK_MESSAGE(operation.second == 0, operation.first);
  const std::size_t boxes = matches(figure, "class=\"node ");
  CHECK(matches(figure, "class=\"head\"") ==
        inputs - (parts.size() - boxes));  // each box saves the arrows in it
  const std::vector<DrawnGraph> graphs = drawn_graphs(figure);
  std::size_t found = 0;
  for (const DrawnGraph& graph : graphs) {
    check_drawn(graph);
    found += graph.boxes.size();
  }
  CHECK(found == boxes);
  return graphs;
}

OnnxPart graph_end(const std::string& name, std::vector<std::size_t> inputs) {
  OnnxPart part{.name = name,
                .op = "",
                .scope = "",
                .operators = {},
                .inputs = std::move(inputs),
                .weight = {},
                .shape = "[N,4]"};
  if (!part.inputs.empty()) part.operators = {"Identity"};
  return part;
}

// An op with a matrix, so that it stands in a box of its own.
OnnxPart graph_op(std::vector<std::size_t> inputs, const std::string& scope = "",
                  const std::string& type = "Gemm") {
  return {.name = "y",
          .op = "linear",
          .scope = scope,
          .operators = {type},
          .inputs = std::move(inputs),
          .weight = {4, 4},
          .shape = "[N,4]"};
}

std::size_t all_crossings(const std::vector<DrawnGraph>& graphs) {
  return std::accumulate(graphs.begin(), graphs.end(), std::size_t{0},
                         [](std::size_t sum, const DrawnGraph& graph) { return sum + crossings(graph); });
}

struct ResidualNet : Module {
  Sequential& blocks = add("blocks", Sequential{});

  explicit ResidualNet(int count) {
    for (int i = 0; i < count; i++) {
      const auto half = [] { return Sequential{Conv2d{2, 2, 3, {.padding = 1}}, BatchNorm2d{2}}; };
      if (i % 2 == 0)
        blocks.push_back(Residual{Sequential{half(), GELU{}, half()}});
      else
        blocks.push_back(Residual{Sequential{half(), ReLU{}, half()}, half()});
      blocks.push_back(ReLU{});
    }
  }
  Var forward(Var x) override { return blocks(x); }
};

}  // namespace

TEST_CASE("The picture of a chain is one column, in which what keeps the sizes stands in one box") {
  LeNet net;
  const std::vector<OnnxPart> parts = onnx_outline(net, {1, 1, 28, 28});
  const std::vector<DrawnGraph> graphs = checked_graphs(parts);
  REQUIRE(graphs.size() == 1);
  CHECK(graphs[0].boxes.size() == 10);  // input, 5 layers with their relu, 2 poolings, the reshape, output
  const std::string figure = graph_picture(parts);
  CHECK(matches(figure,
                ">Conv</tspan><tspan class=\"soft\" dx=\"6\">conv1</tspan></text><text "
                "class=\"y\"[^>]*>6x1x5x5<") == 1);
  CHECK(matches(figure, ">\\[N,6,14,14\\]<") == 1);
}

TEST_CASE("A long residual network goes on in columns, its blocks in frames, and no two of its lines cross") {
  ResidualNet net(12);
  const std::vector<OnnxPart> parts = onnx_outline(net, {1, 2, 8, 8});
  const std::vector<DrawnGraph> graphs = checked_graphs(parts);
  CHECK(graphs.size() == 5);
  CHECK(all_crossings(graphs) == 0);
  const std::string figure = graph_picture(parts);
  CHECK(matches(figure, "<circle") == 2 * (graphs.size() - 1));
  CHECK(matches(figure, "class=\"frame\"") == 12);
  CHECK(matches(figure, ">Div Erf Add Div Mul</tspan><tspan class=\"soft\" dx=\"6\">body.1 gelu<") == 6);
  CHECK(matches(figure, ", part 5 of 5\"") == 1);
}

TEST_CASE("Branches within branches do not cross, and stand with who reads them") {
  // An outer way round, an inner one, one within that, and a second input that is read late.
  const std::vector<OnnxPart> parts{graph_end("input0", {}),
                                    graph_end("input1", {}),
                                    graph_op({0}),
                                    graph_op({2}),
                                    graph_op({3}),
                                    graph_op({4, 3}, "", "Add"),
                                    graph_op({5, 2}, "", "Add"),
                                    graph_op({}, "", "Reshape"),
                                    graph_op({6, 0, 7}, "", "Sum"),
                                    graph_op({8, 1}, "", "Concat"),
                                    graph_end("output", {9})};
  const std::vector<DrawnGraph> graphs = checked_graphs(parts);
  REQUIRE(graphs.size() == 1);
  CHECK(all_crossings(graphs) == 0);
  const std::vector<DrawnBox>& boxes = graphs[0].boxes;
  CHECK(boxes[0].y == boxes[1].y);
  CHECK(boxes[7].y == boxes[6].y);  // the weight alone, beside the other Add
}

TEST_CASE("A graph that cannot be cut stays in one column; a value may be an output too") {
  std::vector<OnnxPart> parts{graph_end("input", {})};
  for (std::size_t i = 0; i < 16; i++) parts.push_back(graph_op({i}));                         // down
  for (std::size_t i = 16; i < 32; i++) parts.push_back(graph_op({i, 31 - i}, "", "Concat"));  // and up again
  parts.push_back(graph_end("output0", {32}));
  parts.push_back(graph_end("output1", {16}));
  CHECK(checked_graphs(parts).size() == 1);
}

TEST_CASE("Boxes are as wide as their texts, whatever those say, and names are escaped") {
  const std::string name = "<a> & \"b\" \u043f\u043f";
  const std::string figure =
      graph_picture({graph_end("input", {}), graph_op({0}, name, "Mul"), graph_end("<output>", {1})});
  CHECK(matches(figure, "&lt;a&gt; &amp; &quot;b&quot; \u043f\u043f<") == 1);
  CHECK(matches(figure, "&lt;output&gt;") == 1);
  CHECK(figure.find("<a>") == std::string::npos);
  const auto width = [](const std::string& scope) {
    return drawn_graphs(
               graph_picture({graph_end("input", {}), graph_op({0}, scope), graph_end("output", {1})}))
        .at(0)
        .boxes.at(1)
        .width;
  };
  CHECK(width(std::string(100, 'a')) - width(std::string(50, 'a')) >= 50 * 6);
}

TEST_CASE("Operators that one op became are broken into lines") {
  OnnxPart mish = graph_op({0});
  mish.op = "mish";
  mish.operators = {"Exp", "Add", "Log", "Tanh", "GreaterOrEqual", "Where", "Mul"};
  const std::string figure = graph_picture({graph_end("input", {}), mish, graph_end("output", {1})});
  CHECK(matches(figure, ">Exp Add Log Tanh</tspan><tspan class=\"soft\" dx=\"6\">mish<") == 1);
  CHECK(matches(figure, ">GreaterOrEqual Where Mul<") == 1);
}

TEST_CASE("A network that has no graph says why in the place of its picture") {
  Lambda net{[](Var x) { return reel_test::own_op("<own>", x); }};
  const std::string text = network_picture(net, {1, 2});
  CHECK(matches(text, "<figure") == 0);
  CHECK(matches(text,
                "^<p>There is no picture of this network: .*&lt;own&gt;.* has no form in ONNX.*</p>\n$") ==
        1);
  LeNet lenet;
  CHECK(matches(network_picture(lenet, {1, 1, 28, 28}), "<figure") == 1);
}
