#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <reel/core/error.h>

#include "close.h"
#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::ConvLesson;
using reel_test::parsed;

TEST_CASE("uses: a pixel is read by the windows over it, each with its weight") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = uses(trace, {{trace.find("x")}, 1}, Trace::kEnd);
  CHECK(answer.text == R"(uses of x[0,0,0,1] = 1: 4 numbers of z
  reader      value  factor
  z[0,0,0,1]     -8  w[0,0,0,0] = 0
  z[0,0,0,0]    -24  w[0,0,0,1] = 1
  z[0,1,0,1]      4  w[1,0,0,0] = 1
  z[0,1,0,0]      4  w[1,0,0,1] = -1
)");
  CHECK(parsed(answer.data)["uses"][3] == nlohmann::json({{"reader", "z[0,1,0,0]"},
                                                          {"value", 4},
                                                          {"factor", -1},
                                                          {"factor_name", "w[1,0,0,1]"},
                                                          {"note", ""}}));
}

TEST_CASE("uses: a weight by every position, a number by each op, the loss by nothing") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(uses(trace, {{trace.find("w")}, 5}, Trace::kEnd).text == R"(uses of w[0,1,0,1] = 2: 4 numbers of z
  reader      value  factor
  z[0,0,0,0]    -24  x[0,1,0,1] = 2
  z[0,0,0,1]     -8  x[0,1,0,2] = 3
  z[0,0,1,0]     24  x[0,1,1,1] = 5
  z[0,0,1,1]     40  x[0,1,1,2] = 6
)");
  CHECK(uses(trace, {{trace.find("z")}, 0}, Trace::kEnd).text == R"(uses of z[0,0,0,0] = -24: 1 number of a
  reader      value  factor
  a[0,0,0,0]      0  0       relu off (z = -24)
)");
  CHECK(uses(trace, {{trace.loss()}, 0}, Trace::kEnd).text == "uses of loss = 15: nothing reads it\n");
  CHECK_THROWS_AS(uses(trace, {{trace.find("x")}, 18}, Trace::kEnd), ShapeError);
}

TEST_CASE("uses: what a batch norm in training reads moves its whole channel, in eval mode one number") {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(16).reshape({2, 2, 2, 2})).named("x");
  const Var gain = tape.input(Tensor::ones({2})), shift = tape.input(Tensor::zeros({2}));
  const Var y = batch_norm2d(x, gain, shift).named("y");
  const std::string text = uses(Trace(tape, sum(y * y)), {{x.index()}, 0}, Trace::kEnd).text;
  CHECK(text.find("8 numbers of y\n  y normalises by the batch: through mean and variance ") !=
        std::string::npos);
  const BatchNorm2dState running{Tensor::zeros({2}), Tensor::ones({2}), false};
  const Var z = batch_norm2d(x, gain, shift, running).named("z");
  const std::string still = uses(Trace(tape, sum(z * z)), {{x.index()}, 0}, Trace::kEnd).text;
  CHECK(still.find("1 number of z") != std::string::npos);
  CHECK(still.find("z normalises") == std::string::npos);
}

TEST_CASE("uses: a value of several ops, and more of them than are shown") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {2})).named("x");
  const Var y = tape.variable(Tensor::arange(40)).named("y");
  const Var p = (x * y).named("p"), q = (x * Scalar(3)).named("q");
  const Trace trace(tape, sum(p) + sum(q));
  const Answer answer = uses(trace, {{x.index()}, 0}, Trace::kEnd);
  CHECK(answer.text.find("uses of x[0] = 2: 1 number of q, 40 numbers of p\n") == 0);
  CHECK(answer.text.find("  p[30]      60  y[30] = 30\n  and 9 more\n") != std::string::npos);
  CHECK(parsed(answer.data)["uses"].size() == 32);
  CHECK(parsed(answer.data)["count"] == 41);
}

TEST_CASE("uses: what gets no gradient is compared") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = uses(trace, {{trace.find("input")}, 0}, Trace::kEnd);
  CHECK(answer.text.find("uses of input[0,0,0,0] = 2: 1 number of loss\n"
                         "  input gets no gradient: its factors are differences\n") == 0);
  CHECK_CLOSE(parsed(answer.data)["uses"][0]["factor"].get<double>(), -1, reel_test::kSlopeTolerance);
  CHECK(parsed(answer.data)["uses"][0]["note"] == "by differences");
}

TEST_CASE("uses: what stands twice in a product is one number, and counts twice") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Trace trace(tape, sum((x * x).named("y")));
  CHECK(uses(trace, {{x.index()}, 0}, Trace::kEnd).text == R"(uses of x[0] = 3: 1 number of y
  reader  value  factor
  y[0]        9  6       sum of 2 terms
)");
}

TEST_CASE("uses: goes by what exists at its time") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t x = trace.find("x"), z = trace.find("z");
  CHECK(uses(trace, {{x}, 1}, z).text == "uses of x[0,0,0,1] = 1: z is not yet computed\n");
  CHECK(parsed(uses(trace, {{x}, 1}, z).data)["count"] == 0);
  CHECK(uses(trace, {{x}, 1}, z + 1).text == uses(trace, {{x}, 1}, Trace::kEnd).text);
}

TEST_CASE("uses: a reader that does not move with a small step is not denied") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2}, {1, 2})).named("x");
  const Var w = tape.variable(Tensor::from({2}, {4, 5}));
  const Trace trace(tape, sum((x + Scalar(1e20)).named("far") * w));
  CHECK(uses(trace, {{x.index()}, 0}, Trace::kEnd).text ==
        "uses of x[0] = 1: no number of far, unless the step is too small to show it\n");
}
