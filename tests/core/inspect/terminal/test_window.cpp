#include <reel/core/inspect/terminal/detail/window.h>

#include <doctest/doctest.h>

#include <memory>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/ops/reference.h>

#include "close.h"
#include "compare_support.h"
#include "conv_lesson.h"
#include "gradcheck_support.h"
#include "json_support.h"
#include "own_op.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::ConvLesson;
using reel_test::parsed;
using reel_test::uniform;

TEST_CASE("window: the lesson's z[0,0,0,0] is 19 + 37 - 80") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = window(trace, trace.find("z"), 0);
  CHECK(answer.text == R"(window z[0,0,0,0] = -24     image 0, output channel 0, row 0, column 0
  sum over c,u,v of x[0,c,u+0,v+0] * w[0,c,u,v] + b[0]
  channel 0: x[0,0], rows 0..1, columns 0..1; times w[0,0]
    0  1  *  0  1  =  0   1
    3  4     2  3     6  12  sub-total 19
  channel 1: x[0,1], rows 0..1, columns 0..1; times w[0,1]
    1  2  *  1  2  =   1   4
    4  5     3  4     12  20  sub-total 37
  19 + 37 - 80 (bias b[0]) = -24     stored -24
)");
  CHECK(parsed(answer.data)["channels"][1]["products"] == nlohmann::json({{1, 4}, {12, 20}}));
  CHECK(parsed(answer.data)["channels"][1]["total"] == 37);
  CHECK(parsed(answer.data)["bias"] == -80);
  CHECK(parsed(answer.data)["sum"] == -24);
}

TEST_CASE("window: a 1x1 kernel has one pixel a channel, also with a weight [C_out,C_in]") {
  Tape tape;
  const Var x = tape.input(Tensor::from({1, 2, 1, 2}, {1, 2, 3, 4})).named("x");
  const Var w = tape.variable(Tensor::from({1, 2}, {10, -1})).named("w");
  const Var y = conv1x1(x, w).named("y");
  const Trace trace(tape, sum(y));
  CHECK(window(trace, y.index(), 1).text ==
        R"(window y[0,0,0,1] = 16     image 0, output channel 0, row 0, column 1
  sum over c of x[0,c,0,1] * w[0,c]
  channel 0: x[0,0], rows 0..0, columns 1..1; times w[0,0]
    2  *  10  =  20  sub-total 20
  channel 1: x[0,1], rows 0..0, columns 1..1; times w[0,1]
    4  *  -1  =  -4  sub-total -4
  20 - 4 = 16     stored 16
)");
}

TEST_CASE("window: padding is marked, dilation skips pixels, and a group reads its own channels") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(1, 33).reshape({1, 2, 4, 4})).named("x");
  const Var w = tape.variable(Tensor::from({2, 1, 2, 2}, {1, 1, 1, 1, 1, 2, 3, 4})).named("w");
  const Var z = conv2d(x, w, {}, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2}).named("z");
  const Trace trace(tape, sum(z));
  CHECK(z.shape() == Shape{1, 2, 2, 2});
  const Answer answer = window(trace, z.index(), 5);
  CHECK(answer.text == R"(window z[0,1,0,1] = 162     image 0, output channel 1, row 0, column 1
  sum over c,u,v of x[0,c+1,2u-1,2v+1] * w[1,c,u,v]
  channel 1: x[0,1], rows -1..1 by 2, columns 1..3 by 2; times w[1,0]
    (0)  (0)  *  1  2  =   0   0
     22   24     3  4     66  96  sub-total 162
  (0) is padding
  stored 162
)");
  CHECK(parsed(answer.data)["channels"][0]["pixels"] == nlohmann::json({{nullptr, nullptr}, {22, 24}}));
}

TEST_CASE("window: of many channels and large kernels a part is shown and all is counted") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, 20, 18, 18})).named("x");
  const Var w = tape.variable(Tensor::ones({1, 20, 18, 18})).named("w");
  const Var z = conv2d(x, w).named("z");
  const Trace trace(tape, sum(z));
  const Answer answer = window(trace, z.index(), 0);
  CHECK(answer.text.find("  and 12 more channels\n") != std::string::npos);
  CHECK(answer.text.find("  shown are 16 of 18 rows and 16 of 18 columns of the window\n") !=
        std::string::npos);
  CHECK(answer.text.find(" + 324 + 1296 (the 4 other channels) = 6480     stored 6480\n") !=
        std::string::npos);
  CHECK(parsed(answer.data)["channels"].size() == 8);
  CHECK(parsed(answer.data)["channels"][7]["total"] == 324);
  CHECK(parsed(answer.data)["channels"][7]["pixels"].size() == 16);
  CHECK(parsed(answer.data)["channel_count"] == 20);
}

TEST_CASE("window: a max pool marks what it took") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 3, 3}, {1, 2, 3, 4, 9, 6, 7, 8, 5})).named("x");
  const Var y = max_pool2d(x, 2, {.stride = 2, .padding = 1}).named("y");
  const Trace trace(tape, sum(y));
  CHECK(window(trace, y.index(), 3).text == R"(window y[0,0,1,1] = 9     image 0, channel 0, row 1, column 1
  max over u,v of x[0,0,u+1,v+1]
  x[0,0], rows 1..2, columns 1..2
    [9]  6
      8  5
  taken: x[0,0,1,1]     stored 9
)");
  CHECK(window(trace, y.index(), 0).text == R"(window y[0,0,0,0] = 1     image 0, channel 0, row 0, column 0
  max over u,v of x[0,0,u-1,v-1]
  x[0,0], rows -1..0, columns -1..0
    -    -
    -  [1]
  - is padding
  taken: x[0,0,0,0]     stored 1
)");
}

TEST_CASE("window: averages are a sum and a divisor") {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(18).reshape({1, 2, 3, 3})).named("x");
  const Var y = avg_pool2d(x, 2, {.padding = 1}).named("y"), g = global_avg_pool2d(x).named("g");
  const Trace trace(tape, sum(y) + sum(g));
  CHECK(window(trace, y.index(), 5).text ==
        R"(window y[0,1,0,1] = 5.25     image 0, channel 1, row 0, column 1
  sum over u,v of x[0,1,u-1,v+1] / 4
  x[0,1], rows -1..0, columns 1..2
    (0)  (0)
     10   11
  (0) is padding
  21 * 1 / 4 = 5.25     stored 5.25
)");
  CHECK(window(trace, g.index(), 1).text == R"(window g[0,1,0,0] = 13     of 9 elements
  sum over i,j of x[0,1,i,j] / 9
  x[0,1], rows 0..2, columns 0..2
     9  10  11
    12  13  14
    15  16  17
  117 * 1 / 9 = 13     stored 13
)");
}

TEST_CASE("window: the totals of random windows are the stored numbers") {
  for (const auto& [stride, padding, dilation, groups] :
       {std::array<Index, 4>{1, 0, 1, 1}, {2, 1, 1, 2}, {1, 2, 2, 4}, {3, 2, 1, 1}}) {
    Tape tape;
    const Var x = tape.variable(uniform({2, 4, 6, 5})), w = tape.variable(uniform({8, 4 / groups, 3, 2}));
    const Var b = tape.variable(uniform({8}));
    const Var z = conv2d(x, w, b, {stride, padding, dilation, groups});
    const Trace trace(tape, sum(z));
    std::vector<double> totals;
    for (Index i = 0; i < z.shape().numel(); i++) {
      const nlohmann::json data = parsed(window(trace, z.index(), i).data);
      totals.push_back(data["bias"]);
      for (const auto& channel : data["channels"]) totals.back() += channel["total"].get<double>();
    }
    CHECK_CLOSE(totals, z.value());
  }
}

TEST_CASE("window: a number that was set says so, and what has no window is an error") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = trace.find("z");
  const std::string text = window(trace.with(z, 0, 10), z, 0).text;
  CHECK(text.find("= -24     stored 10, which was set\n") != std::string::npos);
  CHECK_THROWS_WITH_AS(window(trace, trace.find("a"), 0), doctest::Contains("a comes from relu"), Error);
  CHECK_THROWS_WITH_AS(window(trace, trace.find("x"), 0), doctest::Contains("x comes from variable"), Error);
  CHECK_THROWS_AS(window(trace, z, 8), ShapeError);
}

TEST_CASE("window: an op that only bears the name of a convolution is an error") {
  for (const char* name : {"conv2d", "conv1x1", "max_pool2d"}) {
    Tape tape;
    const Var y = reel_test::own_op(name, tape.variable(Tensor::ones({1, 1, 2, 2}))).named("y");
    const std::string expected = fmt::format("window: y comes from the program's own {}, which", name);
    CHECK_THROWS_WITH_AS(window(Trace(tape, sum(y)), y.index(), 0), doctest::Contains(expected.c_str()),
                         Error);
  }
}

namespace {

// A convolution of the program's own that notes nothing, and names its weight first.
class PlainConvolution : public Op {
 public:
  std::string_view name() const override { return "plain"; }
  Tensor forward(std::span<const Tensor> x) override { return reference::conv2d(x[0], x[1], x[2]); }
  void backward(BackwardPass&) override {}
  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    const Shape& weight = inputs[1];
    Formula f;
    const auto n = f.loop("n", output[0]), o = f.loop("o", output[1]), c = f.loop("c", weight[1]);
    const auto u = f.loop("u", weight[2]), v = f.loop("v", weight[3]);
    const auto i = f.loop("i", output[2]), j = f.loop("j", output[3]);
    using formula::Affine;
    f.add({n, o, i, j}, {{1, {o, c, u, v}}, {0, {n, c, Affine(i) + u, Affine(j) + v}}});
    f.add({n, o, i, j}, {{2, {o}}});
    f.weights = {1, 2};
    return {.formula = f};
  }
};

}  // namespace

TEST_CASE("window: what a term of a program's own convolution is does not hang on its words") {
  Tape tape;
  const Var x = tape.variable(uniform({1, 2, 3, 3})).named("x"),
            w = tape.input(uniform({2, 2, 2, 2})).named("w");
  const Var b = tape.input(uniform({2})).named("b");
  const Var own = tape.apply(std::make_unique<PlainConvolution>(), {x, w, b}).named("y");
  const Var y = conv2d(x, w, b).named("y2");
  const Trace trace(tape, sum(own + y));
  for (Index i = 0; i < own.shape().numel(); i++) {
    const nlohmann::json said = parsed(window(trace, own.index(), i).data);
    const nlohmann::json expected = parsed(window(trace, y.index(), i).data);
    for (const char* key : {"channels", "bias", "channel_count"}) CHECK(said.at(key) == expected.at(key));
  }
}

TEST_CASE("A product along the rows of images is no convolution") {
  Tape tape;
  const Var x = tape.variable(uniform({1, 2, 3, 4})).named("x"), w = tape.variable(uniform({2, 4}, -1, 1, 1));
  const Trace trace(tape, sum(linear(x, w).named("y")));
  const std::size_t y = trace.find("y");
  CHECK_FALSE(is_convolution(trace, y));
  CHECK_THROWS_WITH_AS(window(trace, y, 0), doctest::Contains("slides no window over images"), Error);
  CHECK_THROWS_WITH_AS(matmul_view(trace, y), doctest::Contains("y comes from linear"), Error);
  CHECK_THROWS_AS(break_it(trace, "flip"), Error);
}

TEST_CASE("A product along rows of one number is no convolution of one pixel") {
  Tape tape;
  const Var x = tape.variable(uniform({2, 3, 4, 1})).named("x"), w = tape.variable(uniform({3, 1}, -1, 1, 1));
  const Trace trace(tape, sum(linear(x, w).named("y")));
  CHECK_FALSE(is_convolution(trace, trace.find("y")));
  CHECK_THROWS_AS(window(trace, trace.find("y"), 0), Error);
}

TEST_CASE("window: what mixes the channels of a pixel is none") {
  Tape tape;
  const Var x = tape.variable(uniform({2, 3, 2, 2}));
  const Trace trace(tape, sum(softmax(x, 1).named("p")) + sum(log_softmax(x, 1).named("l")));
  for (const char* name : {"p", "l"}) {
    CHECK_THROWS_WITH_AS(window(trace, trace.find(name), 0),
                         doctest::Contains("slides no window over images"), Error);
  }
}
