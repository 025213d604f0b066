#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <reel/core/error.h>

#include "conv_lesson.h"
#include "json_support.h"
#include "own_op.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::ConvLesson;
using reel_test::parsed;

TEST_CASE("matmul: the lesson's 1x1 convolution as one product") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = matmul_view(trace, trace.find("y"));
  CHECK(answer.text == R"(matmul y: Y = W X + b, image 0 of 1
  columns of X and Y are the pixels (row,column): (0,0) (0,1) (1,0) (1,1)
  W = v [1,2]: a row for each output channel, a column for each input channel
    0.5  1
  X = a[0] [2,4]: a row for each input channel
    0  0  24  40
    4  4   4   4
  b = c [1,1]: added to every column
    0
  Y = y[0] [1,4]
    4  4  16  24
  Y[0,0] = 0.5 * 0 + 1 * 4 + 0 = 4
)");
  CHECK(parsed(answer.data)["y"] == nlohmann::json({{4, 4, 16, 24}}));
}

TEST_CASE("matmul: with stride, padding and groups it is still one product") {
  Tape tape;
  const Var x = tape.variable(Tensor::arange(1, 19).reshape({1, 2, 3, 3})).named("x");
  const Var w = tape.variable(Tensor::from({2, 1, 1, 1}, {2, 3})).named("w");
  const Var z = conv2d(x, w, {}, {.stride = 2, .padding = {1, 0}, .groups = 2}).named("z");
  const Trace trace(tape, sum(z));
  const nlohmann::json data = parsed(matmul_view(trace, z.index()).data);
  CHECK(data["w"] == nlohmann::json({{2, 0}, {0, 3}}));
  CHECK(data["x"] == nlohmann::json({{0, 0, 4, 6, 0, 0}, {0, 0, 13, 15, 0, 0}}));
  CHECK(data["y"] == nlohmann::json({{0, 0, 8, 12, 0, 0}, {0, 0, 39, 45, 0, 0}}));
  CHECK_FALSE(data.contains("b"));
}

TEST_CASE("matmul: of large matrices a part is shown") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 20, 5, 5})).named("x");
  const Var y = conv1x1(x, tape.variable(Tensor::ones({3, 20})).named("w")).named("y");
  const Trace trace(tape, sum(y));
  const Answer answer = matmul_view(trace, y.index());
  for (const char* words :
       {"image 0 of 2", "(0,0) (0,1)", "(3,0) and 9 more",
        "X = x[0] [20,25]: a row for each input channel, shown are 16 of 20 rows and 16 of 25 columns",
        "Y = y[0] [3,25], shown are 3 of 3 rows and 16 of 25 columns"}) {
    CHECK_MESSAGE(answer.text.find(words) != std::string::npos, answer.text);
  }
  CHECK(parsed(answer.data)["x"].size() == 16);
  CHECK(parsed(answer.data)["x"][0].size() == 16);
}

TEST_CASE("matmul: what is no 1x1 convolution is an error") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK_THROWS_WITH_AS(matmul_view(trace, trace.find("z")), doctest::Contains("z has a 2x2 kernel"), Error);
  CHECK_THROWS_WITH_AS(matmul_view(trace, trace.find("a")), doctest::Contains("a comes from relu"), Error);
}

TEST_CASE("matmul: an op that only bears the name of a convolution is an error") {
  Tape tape;
  const Var y = reel_test::own_op("conv1x1", tape.variable(Tensor::ones({1, 1, 2, 2}))).named("y");
  CHECK_THROWS_WITH_AS(matmul_view(Trace(tape, sum(y)), y.index()),
                       doctest::Contains("matmul: y comes from the program's own conv1x1;"), Error);
}
