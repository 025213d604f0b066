#include <doctest/doctest.h>
#include <reel/core/random.h>
#include <reel/reel.h>

#include <algorithm>

#include <reel/core/inspect/terminal/detail/answer.h>

#include "field_nets.h"
#include "json_support.h"
#include "lenet.h"

using namespace reel;
using reel_test::FieldNet;
using reel_test::LeNet;
using reel_test::parsed;

namespace {

const SummaryRow& row_of(const Summary& s, const std::string& layer) {
  for (const SummaryRow& row : s.rows) {
    if (row.layer == layer) return row;
  }
  FAIL("no row of layer " << layer);
  throw Error("unreachable");
}

const Shape kFieldInput{1, 2, 9, 8};

struct FunctionModule : Module {
  explicit FunctionModule(std::function<Var(Var)> function) : f(std::move(function)) {}
  Var forward(Var x) override { return f(x); }
  std::function<Var(Var)> f;
};

// What the summary says of the network's output.
std::string summarized(const FieldNet& net) {
  FunctionModule module(net.f);
  const std::string text = fmt::format("{}", summary(module, kFieldInput));
  const std::string lines = text.substr(0, text.rfind('\n', text.size() - 2));
  const std::string last = lines.substr(lines.rfind('\n') + 1);
  return last.substr(last.rfind("  ") + 2);
}

// The largest that `rf` says of a pixel of the output, written as the summary does.
std::string largest_in_terminal(const FieldNet& net) {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros(kFieldInput)).named("x");
  const Var y = net.f(x);
  const inspect::Trace trace(tape, sum(y));
  Index h = 0, w = 0;
  double jump_h = 0, jump_w = 0;
  for (Index i = 0; i < y.shape().numel(); i++) {
    const nlohmann::json data = parsed(inspect::receptive_field(trace, y.index(), i).data);
    for (const nlohmann::json& field : data["fields"]) {
      if (field["name"] != "x") continue;
      if (!field.contains("size")) return "-";
      h = std::max<Index>(h, field["size"][0]);
      w = std::max<Index>(w, field["size"][1]);
      jump_h = std::max<double>(jump_h, field["jump"][0]);
      jump_w = std::max<double>(jump_w, field["jump"][1]);
    }
  }
  return fmt::format("{}x{} jump {:.4g}x{:.4g}", h, w, jump_h, jump_w);
}

}  // namespace

TEST_CASE("The summary of LeNet counts its parameters and multiply-adds") {
  LeNet net;
  const Summary s = summary(net, {1, 1, 28, 28});
  CHECK(s.parameters == 61706);
  CHECK(s.trainable_parameters == 61706);
  CHECK(row_of(s, "conv1").op == "conv2d");
  CHECK(row_of(s, "conv1").output == Shape{1, 6, 28, 28});
  CHECK(row_of(s, "conv1").parameters == 156);
  CHECK(row_of(s, "conv1").macs == 25 * 28 * 28 * 6);
  CHECK(row_of(s, "conv2").macs == 25 * 6 * 10 * 10 * 16);
  CHECK(row_of(s, "fc1").macs == 400 * 120);
  CHECK(row_of(s, "fc1").parameters == 48120);
  CHECK(s.macs == 117600 + 240000 + 48000 + 10080 + 840);
  CHECK(s.rows.size() == 12);
}

TEST_CASE("The text of a summary is a table with totals") {
  LeNet net;
  const std::string text = summary(net, {1, 1, 28, 28}).text();
  for (const char* words : {"receptive field", "conv2", "[1,16,10,10]", "2,416", "240,000", "14x14 jump 2x2",
                            "61,706 parameters (61,706 trainable), 416,520 MACs"}) {
    CHECK_MESSAGE(text.find(words) != std::string::npos, text);
  }
}

TEST_CASE("Two 2x2 layers have the receptive field 3x3") {
  Sequential net{Conv2d{1, 1, 2}, Conv2d{1, 1, 2}};
  const Summary s = summary(net, {1, 1, 8, 8});
  CHECK(s.rows[0].field->size == Size2(2));
  CHECK(s.rows[1].field->size == Size2(3));
  CHECK(s.rows[1].field->jump == Size2(1));
}

TEST_CASE("Strides, dilations and pooling widen the receptive field") {
  Sequential net{Conv2d{1, 2, {3, 1}, {.stride = {2, 1}}}, ReLU{}, MaxPool2d{2},
                 Conv2d{2, 2, 3, {.dilation = 2}}};
  const Summary s = summary(net, {1, 1, 40, 40});
  CHECK(s.rows[2].field->size == Size2(5, 2));
  CHECK(s.rows[2].field->jump == Size2(4, 2));
  CHECK(s.rows[3].field->size == Size2(5 + 4 * 4, 2 + 4 * 2));
}

TEST_CASE("Where branches meet the larger receptive field counts, and none behind a Linear") {
  Sequential net{Residual{Conv2d{1, 1, 5, {.padding = 2}}}, AvgPool2d{4}, Flatten{}, Linear{4, 2}};
  const Summary s = summary(net, {1, 1, 8, 8});
  CHECK(row_of(s, "0").op == "add");
  CHECK(row_of(s, "0").field->size == Size2(5));
  CHECK(row_of(s, "1").field->size == Size2(8));
  CHECK_FALSE(row_of(s, "3").field.has_value());
}

TEST_CASE("Summary and terminal tell one receptive field of a network, and a - where it is not known") {
  for (const FieldNet& net : reel_test::field_nets()) {
    INFO(net.name);
    CHECK(summarized(net) == net.field);
    CHECK(largest_in_terminal(net) == net.field);
  }
}

TEST_CASE("Multiply-adds are counted of grouped and transposed convolutions and of products of any shape") {
  Sequential convolutions{Conv2d{4, 8, 3, {.padding = 1, .groups = 2}},
                          ConvTranspose2d{8, 6, 2, {.stride = 2, .groups = 2}}, Conv1x1{6, 5}};
  const Summary s = summary(convolutions, {1, 4, 10, 10});
  CHECK(row_of(s, "0").macs == (3 * 3 * 4 / 2) * (10 * 10 * 8));
  CHECK(row_of(s, "1").macs == (8 * 10 * 10) * (2 * 2 * 6 / 2));  // each input pixel meets each weight once
  CHECK(row_of(s, "2").macs == 6 * 20 * 20 * 5);
  Sequential tokens{Linear{3, 7}};
  CHECK(summary(tokens, {2, 5, 3}).macs == 2 * 5 * 3 * 7);
}

TEST_CASE("A shortcut with a convolution takes part in the table") {
  Sequential net{Residual{Sequential{Conv2d{2, 4, 3, {.stride = 2, .padding = 1}}, ReLU{},
                                     Conv2d{4, 4, 3, {.padding = 1}}},
                          Conv1x1{2, 4}},
                 ReLU{}};
  CHECK_THROWS_AS(summary(net, {1, 2, 8, 8}), ShapeError);  // the shortcut forgets the stride
  Sequential fits{Residual{Sequential{Conv2d{2, 4, 3, {.stride = 2, .padding = 1}}, ReLU{},
                                      Conv2d{4, 4, 3, {.padding = 1}}},
                           Conv2d{2, 4, 1, {.stride = 2}}},
                  ReLU{}};
  const Summary s = summary(fits, {1, 2, 8, 8});
  CHECK(row_of(s, "0.body.0").output == Shape{1, 4, 4, 4});
  CHECK(row_of(s, "0.shortcut").macs == 2 * 4 * 4 * 4);
  CHECK(row_of(s, "0").field->size == Size2(7));
  CHECK(row_of(s, "0").field->jump == Size2(2));
}

TEST_CASE("Summary counts a shared parameter once, and frozen ones as not trainable") {
  struct Tied : Module {
    Linear& fc = add("fc", Linear{4, 4});
    Var forward(Var x) override { return fc(fc(x)); }
  } net;
  net.fc.bias.trainable = false;
  const Summary s = summary(net, {1, 4});
  CHECK(s.rows[0].parameters == 20);
  CHECK(s.rows[1].parameters == 0);
  CHECK(s.parameters == 20);
  CHECK(s.trainable_parameters == 16);
  Linear plain{4, 4, {.bias = false}};
  CHECK(summary(plain, {1, 4}).rows[0].parameters == 16);
  CHECK(summary(plain, {1, 4}).parameters == 16);
}

TEST_CASE("A summary leaves training flags, buffers and the generator as they were") {
  struct Noisy : Module {
    BatchNorm2d& bn = add("bn", BatchNorm2d{2});
    Sequential& rest = add("rest", Sequential{Dropout{0.5}});
    Var forward(Var x) override { return dropout(rest(bn(x)), 0.5); }
  } net;
  net.rest.eval();
  seed(4);
  summary(net, {3, 2});
  CHECK(generator_state() == GeneratorState{4, 0});
  CHECK(net.is_training());
  CHECK(net.bn.is_training());
  CHECK_FALSE(net.rest.is_training());
  CHECK_FALSE(net.rest.children()[0]->is_training());
  CHECK(net.bn.num_batches_tracked == 0);
  CHECK(net.bn.running_mean.at(0) == 0);
  CHECK_THROWS_AS(summary(net, {3, 7}), ShapeError);
  CHECK(net.is_training());
}

TEST_CASE("Control characters of a layer's name are written out in a summary") {
  struct Loud : Module {
    Linear& fc = add("fc\x1b[2J", Linear{4, 4});
    Var forward(Var x) override { return fc(x); }
  } net;
  CHECK(summary(net, {1, 4}).text().find("fc\\x1b[2J") != std::string::npos);
}

TEST_CASE("Weights tied by a tensor count once") {
  struct Tied : Module {
    Linear& encoder = add("encoder", Linear{4, 4});
    Linear& decoder = add("decoder", Linear{4, 4});
    Tied() { decoder.weight.value = encoder.weight.value; }
    Var forward(Var x) override { return decoder(encoder(x)); }
  } net;
  const Summary s = summary(net, {1, 4});
  CHECK(s.parameters == 16 + 4 + 4);
  CHECK(s.trainable_parameters == 24);
  CHECK(s.rows[1].parameters == 4);
}

TEST_CASE("An error of a summary names the line that asks for it") {
  Sequential net{Flatten{}, Linear{4, 2}};
  CHECK_THROWS_WITH_AS(summary(net, {1, 1, 6, 6}), doctest::Contains("linear \"1\" (test_summary.cpp:"),
                       ShapeError);
}
