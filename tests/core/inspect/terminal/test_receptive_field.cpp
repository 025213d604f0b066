#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <algorithm>

#include <reel/core/error.h>

#include "conv_lesson.h"
#include "field_nets.h"
#include "gradcheck_support.h"
#include "json_support.h"
#include "own_op.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::ConvLesson;
using reel_test::parsed;
using reel_test::uniform;

namespace {

struct Rectangle {
  Index top = 1000, bottom = -1, left = 1000, right = -1;
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

// What is around all pixels of x that change an element where they are changed.
Rectangle changed_pixels(const Trace& trace, std::size_t x, std::size_t node, Index element) {
  const Shape& shape = trace.nodes()[x].shape;
  const double before = trace.number(node, element);
  Rectangle result;
  for (Index i = 0; i < shape.numel(); i++) {
    const std::vector<Tensor> values = trace.values_with({x, i, 100});
    if (values[node].data()[element] == before) continue;
    const Index row = i / shape[3] % shape[2], column = i % shape[3];
    result = {std::min(result.top, row), std::max(result.bottom, row), std::min(result.left, column),
              std::max(result.right, column)};
  }
  return result;
}

// What the answer says of the first node.
Rectangle said(const nlohmann::json& data) {
  const nlohmann::json& field = data["fields"].back();
  REQUIRE(field["name"] == "x");
  if (!field.contains("rows")) return {};
  return {field["rows"][0], field["rows"][1], field["columns"][0], field["columns"][1]};
}

}  // namespace

TEST_CASE("rf: the lesson's y[0,0,1,1] sees 2x2 pixels of x") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = receptive_field(trace, trace.find("y"), 3);
  CHECK(answer.text == R"(receptive field of y[0,0,1,1]: what it depends on, weights aside
  tensor  op        shape      rows  columns  size  jump  read by
  y       conv1x1   [1,1,2,2]  1..1  1..1     1x1   1x1   the number itself
  a       relu      [1,2,2,2]  1..1  1..1     1x1   1x1   1x1 window of conv1x1 y
  z       conv2d    [1,2,2,2]  1..1  1..1     1x1   1x1   pixel by pixel in relu a
  x       variable  [1,2,3,3]  1..2  1..2     2x2   1x1   2x2 window of conv2d z
)");
}

TEST_CASE("rf: sizes and jumps grow from layer to layer, and the border cuts them") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({1, 1, 12, 12})).named("x");
  const Var w = tape.variable(Tensor::ones({1, 1, 3, 3})).named("w");
  const Var z1 = conv2d(x, w, {}, {.padding = 1}).named("z1");
  const Var p = max_pool2d(z1, 2).named("p");
  const Var z2 = conv2d(p, w, {}, {.padding = 1}).named("z2");
  const Trace trace(tape, sum(z2));
  CHECK(receptive_field(trace, z2.index(), 1).text ==
        R"(receptive field of z2[0,0,0,1]: what it depends on, weights aside
  tensor  op          shape        rows  columns  size  jump  read by
  z2      conv2d      [1,1,6,6]    0..0  1..1     1x1   1x1   the number itself
  p       max_pool2d  [1,1,6,6]    0..1  0..2     3x3   1x1   3x3 window of conv2d z2; padding 1 above
  z1      conv2d      [1,1,12,12]  0..3  0..5     6x6   2x2   2x2 window of max_pool2d p, stride 2x2
  x       variable    [1,1,12,12]  0..4  0..6     8x8   2x2   3x3 window of conv2d z1; padding 1 above, 1 left
)");
}

// Weights and pixels are positive, so that nothing cancels and no pooling hides a larger number.
TEST_CASE("rf: a pixel changes a number just where the field says") {
  for (const reel_test::FieldNet& net : reel_test::field_nets()) {
    INFO(net.name);
    const bool by_channel = net.name == "concat of channels" || net.name == "U";  // whose fields are alike
    if (net.field == "-" || by_channel || net.name.starts_with("dropout")) continue;
    Tape tape;
    const Var x = tape.variable(uniform({1, 2, 9, 8}, Scalar(0.1), 1)).named("x");
    const Var y = net.f(x);
    const Trace trace(tape, sum(y));
    for (Index i = 0; i < y.shape().numel(); i += 3) {
      INFO("element ", i);
      CHECK(said(parsed(receptive_field(trace, y.index(), i).data)) ==
            changed_pixels(trace, x.index(), y.index(), i));
    }
  }
}

TEST_CASE("rf: behind a linear layer it is everything, and a leaf has none") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({1, 1, 2, 2})).named("x");
  const Var flat = flatten(relu(x).named("a"));
  const Var y = linear(flat, tape.variable(Tensor::ones({3, 4})).named("w")).named("y");
  const Trace trace(tape, sum(y));
  CHECK(receptive_field(trace, y.index(), 1).text ==
        R"(receptive field of y[0,1]: what it depends on, weights aside
  tensor   op        shape      rows  columns  size  jump  read by
  y        linear    [1,3]      -     -                    the number itself
  flatten  flatten   [1,4]      all   all                  all of it in linear y
  a        relu      [1,1,2,2]  all   all                  all of it in flatten
  x        variable  [1,1,2,2]  all   all                  all of it in relu a
)");
  CHECK_THROWS_WITH_AS(receptive_field(trace, x.index(), 0), doctest::Contains("x is given (variable)"),
                       Error);
  CHECK_THROWS_AS(receptive_field(trace, y.index(), 3), ShapeError);
}

TEST_CASE("rf: what an op of the program's own reads is not known, whatever it is called") {
  for (const char* name : {"relu", "pad2d", "conv2d"}) {
    Tape tape;
    const Var y = reel_test::own_op(name, tape.variable(Tensor::ones({1, 1, 2, 2})).named("x")).named("y");
    const nlohmann::json fields = parsed(receptive_field(Trace(tape, sum(y)), y.index(), 1).data)["fields"];
    REQUIRE(fields.size() == 2);
    CHECK(fields[1]["known"] == false);
    CHECK(fields[1]["read_by"][0] == fmt::format("the program's own {} does not say what it reads", name));
  }
}

TEST_CASE("rf: in training batch norm reads all of the batch, and that is said; in eval mode a pixel") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 1, 3, 3})).named("x");
  const auto answer = [&](const BatchNorm2dState& state) {
    const Var y = batch_norm2d(x, {}, {}, state);
    return receptive_field(Trace(tape, sum(y)), y.index(), 4);
  };
  const Answer training = answer({});
  CHECK(parsed(training.data)["fields"][1]["all"] == true);
  CHECK(training.text.find("all of the batch in batch_norm2d, ") != std::string::npos);
  CHECK(training.text.find("mean and variance") != std::string::npos);
  const Answer eval =
      answer({.running_mean = Tensor::zeros({1}), .running_var = Tensor::ones({1}), .training = false});
  CHECK(parsed(eval.data)["fields"][1]["rows"] == nlohmann::json({1, 1}));
  CHECK(eval.text.find("pixel by pixel in batch_norm2d") != std::string::npos);
  CHECK(eval.text.find("variance") == std::string::npos);
}

TEST_CASE("rf: size and jump follow the number's own rows and columns, also behind a transpose") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({1, 1, 8, 8})).named("x");
  const Var z = conv2d(x, tape.input(Tensor::ones({1, 1, 1, 3}))).named("z");
  const Var t = transpose(z, 2, 3).named("t");
  CHECK(receptive_field(Trace(tape, sum(t)), t.index(), 2 * 8 + 5).text ==
        R"(receptive field of t[0,0,2,5]: what it depends on, weights aside
  tensor  op         shape      rows  columns  size  jump  read by
  t       transpose  [1,1,6,8]  2..2  5..5     1x1   1x1   the number itself
  z       conv2d     [1,1,8,6]  5..5  2..2     1x1   1x1   rows as columns in transpose t
  x       variable   [1,1,8,8]  5..5  2..4     3x1   1x1   1x3 window of conv2d z
)");
}
