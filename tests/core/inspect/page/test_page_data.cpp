#include <reel/core/inspect/page/detail/page_data.h>

#include <doctest/doctest.h>

#include <limits>
#include <memory>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "conv_lesson.h"
#include "json_support.h"
#include "own_op.h"
#include "page_support.h"

using namespace reel;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::floats_of;
using reel_test::Parsed;

namespace {

constexpr Index kWhole = 65536;

Parsed parsed_data(const Trace& trace, const std::string& title, Index max_elements) {
  return reel_test::parsed(inspect::page_data(trace, {.title = title, .max_elements = max_elements}));
}

std::vector<float> numbers(const Parsed& tensor) { return floats_of(tensor.at("data").get<std::string>()); }

std::vector<float> numbers(const Tensor& tensor) { return {tensor.values().begin(), tensor.values().end()}; }

}  // namespace

TEST_CASE("The page's data has every number of the lesson") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Parsed data = parsed_data(trace, "the title", kWhole);
  CHECK(data.at("format") == 1);
  CHECK(data.at("title") == "the title");
  CHECK(data.at("precision") == (sizeof(Scalar) == 8 ? "double" : "float"));
  CHECK(data.at("version").get<std::string>().find('.') != std::string::npos);
  CHECK(data.at("loss") == trace.loss());
  CHECK(data.at("changes") == Parsed::array());
  REQUIRE(data.at("nodes").size() == trace.nodes().size());
  for (std::size_t i = 0; i < trace.nodes().size(); i++) {
    const Parsed& node = data.at("nodes")[i];
    CHECK(node.at("name") == trace.nodes()[i].name);
    CHECK(numbers(node.at("value")) == numbers(trace.value(i)));
    CHECK(node.at("grad").is_null() == !trace.grad(i).defined());
    if (trace.grad(i).defined()) CHECK(numbers(node.at("grad")) == numbers(trace.grad(i)));
  }
}

TEST_CASE("A node says what it is, and where it was recorded") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({1, 1, 3, 3})).named("x");
  const Var w = tape.input(Tensor::ones({1, 1, 2, 2})).named("w");
  Var z;
  {
    const Scope scope("conv1", {}, Scope::Lines::kOwnLine);
    z = conv2d(x, w, {}, {.padding = {1, 0}}).named("z");
  }
  Parsed nodes =
      parsed_data(Trace(tape, sum(clamp(z, 0, std::numeric_limits<Scalar>::infinity()))), "", kWhole)
          .at("nodes");
  Parsed& node = nodes[2];
  CHECK(node.at("where").get<std::string>().starts_with("test_page_data.cpp:"));
  const Parsed weight = node.at("formula").at("summands").at(0).at("factors").at(1);
  CHECK(weight ==
        Parsed::parse(
            R"({"input": 1, "at": [[0, [1, 1, 0]], [0, [2, 1, 0]], [0, [3, 1, 0]], [0, [4, 1, 0]]]})"));
  for (const char* key : {"where", "value", "grad", "formula"}) node.erase(key);
  CHECK(
      node ==
      Parsed::parse(
          R"({"name": "z", "op": "conv2d", "builtIn": true, "inputs": [0, 1], "shape": [1, 1, 4, 2], "wantsGrad": true,
    "scope": "conv1", "explains": true, "normalization": null,
    "reads": [{"kind": "window", "kernel": [2, 2], "stride": [1, 1], "dilation": [1, 1], "start": [-1, 0]},
              {"kind": "weight", "kernel": [1, 1], "stride": [1, 1], "dilation": [1, 1], "start": [0, 0]}],
    "options": {"stride": [1, 1], "padding": [1, 1, 0, 0], "dilation": [1, 1], "groups": [1]}, "function": null})"));
  CHECK(nodes[0].at("op") == "variable");
  CHECK(nodes[0].at("options") == Parsed::object());
  CHECK(nodes[0].at("explains") == false);
  CHECK(nodes[1].at("wantsGrad") == false);
  CHECK(
      nodes[3].at("function") ==
      Parsed::parse(
          R"({"value": "low where x < low, high where x > high, else x", "derivative": "1 where low < x < high",
                "isGate": false})"));
  CHECK(nodes[3].at("options") == Parsed::parse(R"({"low": [0], "high": ["inf"]})"));
}

TEST_CASE("Events bring their own numbers only where several add up to a gradient") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Trace trace(tape, sum(x * x));
  const Parsed data = parsed_data(trace, "", kWhole);
  std::string story;
  for (const Parsed& event : data.at("events")) {
    story += fmt::format("{} {} {} {}", event.at("kind").get<std::string>(), event.at("node").get<int>(),
                         event.at("op").get<int>(), event.at("input").get<int>());
    if (!event.at("made").is_null()) story += fmt::format(" made {}", numbers(event.at("made"))[1]);
    story += "\n";
  }
  CHECK(story ==
        "leaf 0 0 0\n"
        "forward 1 1 0\n"
        "forward 2 2 0\n"
        "seed 2 2 0\n"
        "backward 1 2 0\n"
        "backward 0 1 0 made 2\n"
        "backward 0 1 1 made 2\n");
  CHECK(numbers(data.at("nodes")[0].at("grad"))[1] == 4);
}

TEST_CASE("An op without an explanation says so, and a branch what was set") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Trace trace(tape, sum(reel_test::own_op("silent", x)));
  const Parsed data = parsed_data(trace.with(0, 1, 7), "", kWhole);
  CHECK(data.at("nodes")[1].at("explains") == false);
  CHECK(data.at("nodes")[1].at("builtIn") == false);
  CHECK(data.at("nodes")[2].at("explains") == true);
  CHECK(data.at("nodes")[2].at("builtIn") == true);
  CHECK(data.at("changes") == Parsed::parse(R"([{"node": 0, "element": 1, "value": 7}])"));
  CHECK(numbers(data.at("nodes")[1].at("value")) == std::vector<float>{2, 14});
}

TEST_CASE("An op whose words cannot be read has its page, which says why") {
  class Mumbled : public reel_test::OwnOp {
   public:
    Mumbled() : OwnOp("mumbled") {}
    OpFacts facts(std::span<const Shape>, const Shape&) const override {
      return {.function = FunctionText{"twice x", "2"}};
    }
  };
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var y = tape.apply(std::make_unique<Mumbled>(), {x});
  const Parsed data = parsed_data(Trace(tape, sum(y)), "", kWhole);
  CHECK(data.at("nodes")[1].at("explains") == true);
}

TEST_CASE("An op of the library has an explanation, also where there is no element to explain") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({0, 3}));
  const Var silent = reel_test::own_op("silent", exp(x));
  const Parsed nodes = parsed_data(Trace(tape, sum(silent)), "", kWhole).at("nodes");
  CHECK(nodes[1].at("explains") == true);
  CHECK(nodes[2].at("explains") == false);
}

TEST_CASE("What a page tells beside the step stands in its data") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Parsed told = reel_test::parsed(
      inspect::page_data(trace, {.title = "One step",
                                 .story = "A kernel\nslides.\n\n\nThen z[0,0,0,0].\n",
                                 .start = "window z[0,0,0,0]",
                                 .tries = {{"why dw[0,1,0,1]", "four products"}, {"cost"}},
                                 .questions = {{"dw[0,0,0,0]", "What is it?", "0*0"}},
                                 .previous = inspect::PageLink{"bias.html", "The bias"},
                                 .translations = {{.language = "zh",
                                                   .title = "一步",
                                                   .tries = {{"cost", "计算量"}},
                                                   .previous = inspect::PageLink{"bias.html", "偏置"}}}}));
  CHECK(told.at("title") == "One step");
  CHECK(told.at("story") == "A kernel slides.\n\nThen z[0,0,0,0].");
  CHECK(told.at("start") == "window z[0,0,0,0]");
  CHECK(told.at("tries") == Parsed::parse(R"([{"command": "why dw[0,1,0,1]", "remark": "four products"},
                                              {"command": "cost", "remark": ""}])"));
  CHECK(told.at("questions") ==
        Parsed::parse(R"([{"number": "dw[0,0,0,0]", "text": "What is it?", "hint": "0*0"}])"));
  CHECK(told.at("previous") == Parsed::parse(R"({"address": "bias.html", "title": "The bias"})"));
  CHECK(told.at("next").is_null());
  CHECK(told.at("translations") ==
        Parsed::parse(
            R"({"zh": {"title": "一步", "story": "", "tries": [{"command": "cost", "remark": "计算量"}],
                                 "questions": [], "previous": {"address": "bias.html", "title": "偏置"}, "next": null}})"));
  const Parsed silent = parsed_data(trace, "", kWhole);
  CHECK(silent.at("story") == "");
  CHECK(silent.at("tries").empty());
  CHECK(silent.at("translations").empty());
}

TEST_CASE("The size of the data is known before it is made") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  for (const Index max_elements : {Index{4}, kWhole}) {
    Index size = 0;
    const Parsed data = parsed_data(trace, "", max_elements);
    for (const Parsed& node : data.at("nodes")) {
      for (const char* key : {"value", "grad"}) {
        if (node.at(key).is_null()) continue;
        const Parsed& shown = node.at(key).contains("crop") ? node.at(key).at("crop") : node.at(key);
        size += std::ssize(shown.at("data").get<std::string>());
      }
    }
    CHECK(inspect::page_data_size(trace, max_elements) == size);
  }
}

TEST_CASE("A trace whose tape is gone makes no page") {
  auto lesson = std::make_unique<ConvLesson>();
  const Trace trace(lesson->tape, lesson->loss);
  lesson.reset();
  CHECK_THROWS_WITH_AS((void)parsed_data(trace, "", kWhole), doctest::Contains("is gone"), Error);
}
