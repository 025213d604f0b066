#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <memory>

#include <reel/core/ops/reference.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "gradcheck_support.h"
#include "json_support.h"
#include "own_op.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::ConvLesson;
using reel_test::error_of;
using reel_test::parsed;
using reel_test::uniform;

namespace {

// Without what differences say, whose digits depend on Scalar, and how one notices.
std::string comparison(const Answer& answer) {
  return answer.text.substr(0, answer.text.find("  differences of the loss"));
}

// What differences say.
std::string differences(const Answer& answer) {
  const std::size_t begin = answer.text.find("differences of the loss");
  return answer.text.substr(begin, answer.text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("break-it flip: the kernel is not turned around") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = break_it(trace, "flip");
  CHECK(comparison(answer) ==
        R"(break-it flip: the gradient of a convolution's input with the kernel not turned by 180 degrees
  first difference: event 17, conv2d z adds to dx; dx[0,0,0,1] is -2, not -1
    right dx[0,0]     wrong dx[0,0]
    1  -2     1        1     -1!   0!
    2  -3   0.5        4!  -3.5!  -4!
    2   2  -7.5       -1!   3.5!  -3!
  17 of 18 elements differ
)");
  CHECK(answer.text.find("differences of the loss say dx[0,0,0,1] = -2") != std::string::npos);
  CHECK(answer.text.find("how it is noticed: ") != std::string::npos);
  CHECK(parsed(answer.data)["right"] == nlohmann::json({{1, -2, 1}, {2, -3, 0.5}, {2, 2, -7.5}}));
  CHECK(parsed(answer.data)["wrong"] == nlohmann::json({{1, -1, 0}, {4, -3.5, -4}, {-1, 3.5, -3}}));
}

TEST_CASE("break-it flip: correlates again, with any stride, padding, dilation and groups") {
  Tape tape;
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}, .groups = 2};
  const Var x = tape.variable(uniform({1, 4, 5, 7})).named("x");
  const Tensor kernel = uniform({2, 2, 2, 3}, -1, 1, 1);
  const Var z = conv2d(x, tape.input(kernel), {}, options);
  const Trace trace(tape, sum(z * z));
  Tensor turned = kernel.clone();
  for (Index i = 0; i < 24; i += 6) std::reverse(turned.mutable_data() + i, turned.mutable_data() + i + 6);
  const Tensor expected =
      reference::conv2d_gradients(trace.value(x.index()), turned, trace.grad(z.index()), options).x;
  const nlohmann::json wrong = parsed(break_it(trace, "flip").data)["wrong"];
  std::vector<double> shown, first_channel;
  for (Index i = 0; i < 5; i++) {
    for (Index j = 0; j < 7; j++) {
      shown.push_back(wrong[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]);
      first_channel.push_back(expected.at(0, 0, i, j));
    }
  }
  CHECK_CLOSE(shown, first_channel);
}

TEST_CASE("break-it: numbers that were set are constants, right or wrong") {
  const ConvLesson lesson;
  Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = trace.find("z");
  for (Index i = 0; i < 8; i++) trace = trace.with(z, i, 3);
  CHECK_THROWS_AS(break_it(trace, "flip"), Error);
  CHECK(parsed(break_it(trace, "no-bias-sum").data)["name"] == "dc[0]");
}

TEST_CASE("break-it no-zero-grad: the first parameter has twice its gradient") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = break_it(trace, "no-zero-grad");
  CHECK(comparison(answer) ==
        R"(break-it no-zero-grad: gradients of the step before are still there, as if the same step ran twice
  first difference: event 14, conv1x1 y adds to dv; dv[0,0,0,0] is -72, not -144
    right dv     wrong dv
    -72  -4      -144!  -8!
  2 of 2 elements differ
)");
}

TEST_CASE("break-it no-accumulate: the last op that read a value takes all") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2, 2}, {1, 2, 3, 4})).named("x");
  const Var p = (x * Scalar(2)).named("p"), q = (x * Scalar(5)).named("q");
  const Trace trace(tape, sum(p + q));
  const Answer answer = break_it(trace, "no-accumulate");
  CHECK(comparison(answer) ==
        R"(break-it no-accumulate: a value that several ops read gets the gradient of the last of them alone
  first difference: event 11, mul p adds to dx; dx[0,0] is 7, not 2
    right dx     wrong dx
    7  7         2!  2!
    7  7         2!  2!
  4 of 4 elements differ
)");
}

TEST_CASE("break-it no-bias-sum: the bias hears of one place") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(
      comparison(break_it(trace, "no-bias-sum")) ==
      R"(break-it no-bias-sum: a bias gets the gradient of its first place instead of the sum over all places
  first difference: event 15, conv1x1 y adds to dc; dc[0] is -1, not 1
    right dc     wrong dc
    -1           1!
  1 of 1 elements differ
)");
  Tape tape;
  const Var x = tape.input(Tensor::from({3, 1}, {1, 2, 3}));
  const Var w = tape.variable(Tensor::from({2, 1}, {1, 1})), b = tape.variable(Tensor::zeros({2})).named("b");
  const Trace rows(tape, sum(linear(x, w, b) * tape.input(Tensor::arange(6).reshape({3, 2}))));
  const nlohmann::json data = parsed(break_it(rows, "no-bias-sum").data);
  CHECK(data["right"] == nlohmann::json({{6, 9}}));
  CHECK(data["wrong"] == nlohmann::json({{0, 1}}));
}

TEST_CASE("break-it: at a fork the wrong contribution is added to the earlier ones") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 1, 2}, {1, 2})).named("x");
  const Var kernel = tape.input(Tensor::from({1, 1, 1, 2}, {3, 5}));
  const Var z = conv2d(x, kernel, {}, {.padding = {0, 0, 0, 1}}).named("z");  // dx from it: 3, 5 + 3
  const Trace trace(tape, sum(z + x));
  const Answer answer = break_it(trace, "flip");  // 5, 3 + 5
  CHECK(parsed(answer.data)["right"] == nlohmann::json({{4, 9}}));
  CHECK(parsed(answer.data)["wrong"] == nlohmann::json({{6, 9}}));
  CHECK(answer.text.find("conv2d z adds to dx; dx[0,0,0,0] is 4, not 6") != std::string::npos);
  CHECK(differences(answer) == "differences of the loss say dx[0,0,0,0] = 4");
  Tape shared;
  const Var b = shared.variable(Tensor::from({1}, {1})).named("b");
  const Var rows = shared.input(Tensor::ones({3, 1}));
  const Var w = shared.input(Tensor::ones({1, 1}));
  const Answer bias = break_it(Trace(shared, sum(linear(linear(rows, w, b), w, b))), "no-bias-sum");
  CHECK(parsed(bias.data)["right"] == nlohmann::json({{3}}));
  CHECK(differences(bias) == "differences of the loss say db[0] = 6; that is with all contributions");
}

TEST_CASE("break-it: what the rounding of the loss hides, differences cannot tell") {
  const bool is_double = sizeof(Scalar) == sizeof(double);
  const Tensor large = Tensor::full({1}, is_double ? Scalar(1e10) : Scalar(1e3));
  const auto say = [&](Scalar slope) {
    Tape tape;
    const Var x = tape.variable(Tensor::ones({1})).named("x");
    return differences(break_it(Trace(tape, sum(x * slope + tape.input(large))), "no-zero-grad"));
  };
  CHECK(say(Scalar(1e-4)) == "differences of the loss say dx[0] = 0");
  CHECK(say(is_double ? Scalar(0.7) : Scalar(0.05))
            .starts_with("differences of the loss cannot tell dx[0]: rounding of the loss (±"));
}

TEST_CASE("break-it: a NaN in both is no difference") {
  Tape tape;
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  const Var x = tape.variable(Tensor::from({2}, {1, 1})).named("x");
  const Trace trace(tape, sum(x * tape.input(Tensor::from({2}, {nan, 3}))));
  const Answer answer = break_it(trace, "no-zero-grad");
  CHECK(parsed(answer.data)["name"] == "dx[1]");
  CHECK(parsed(answer.data)["differ"] == 1);
  CHECK(answer.text.find("    nan  3       nan   6!\n") != std::string::npos);
  CHECK(differences(answer) == "differences of the loss say dx[1] = nan");
}

TEST_CASE("break-it: a user's op of the name conv2d is none") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({1, 1, 2, 2})).named("x");
  const Trace trace(tape, sum(reel_test::own_op("conv2d", x)));
  CHECK_THROWS_WITH_AS(break_it(trace, "flip"), doctest::Contains("has no place"), Error);
}

TEST_CASE("break-it: of a large gradient the part around the first difference is shown") {
  Tape tape;
  Tensor factor = Tensor::zeros({1, 1, 20, 20});
  factor.set(0, 0, 10, 17, 3);
  const Var x = tape.variable(Tensor::ones({1, 1, 20, 20})).named("x");
  const Trace trace(tape, sum(x * tape.input(factor)));
  const Answer answer = break_it(trace, "no-zero-grad");
  CHECK(answer.text.find(
            "    shown are rows 8..15 of 20, columns 16..19 of 20\n  1 of 400 elements differ\n") !=
        std::string::npos);
  CHECK(parsed(answer.data)["right"].size() == 8);
  CHECK(parsed(answer.data)["wrong"][2] == nlohmann::json({0, 6, 0, 0}));
}

TEST_CASE("break-it: where a step has no place for a mistake, an error says what it needs") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4}));
  const Var symmetric = tape.input(Tensor::ones({1, 1, 2, 2}));
  const Trace trace(tape, sum(conv2d(x, symmetric)));
  const auto error = [&](const char* mistake) {
    return error_of<Error>([&] { (void)break_it(trace, mistake); });
  };
  CHECK(error("flip").find("break-it flip: ") == 0);
  CHECK(error("flip").find("looks different when it is turned") != std::string::npos);
  CHECK(error("no-accumulate").find("no value is used twice") != std::string::npos);
  CHECK(error("no-bias-sum").find("a bias") != std::string::npos);
  Tape words;  // a table of rows is a weight that is added, but no bias
  const Var rows = embedding(words.variable(Tensor::ones({2, 2})), words.input(Tensor::from({2}, {1, 1})));
  CHECK_THROWS_AS(break_it(Trace(words, sum(rows)), "no-bias-sum"), Error);
  CHECK(
      error("flop") ==
      "break-it takes flip, no-zero-grad, no-accumulate, no-bias-sum, not \"flop\"; did you mean \"flip\"?");
  const Trace idle(tape, sum(x * Scalar(0)));
  CHECK(error_of<Error>([&] { (void)break_it(idle, "no-zero-grad"); }).find("is not 0") != std::string::npos);
}

TEST_CASE("break-it knows its names before it asks for the whole step") {
  const reel_test::ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(error_of<Error>([&] { (void)break_it(trace, "flop", 3); }).find("did you mean \"flip\"?") !=
        std::string::npos);
  CHECK(error_of<Error>([&] { (void)break_it(trace, "flip", 3); }).find("break-it needs the whole step") !=
        std::string::npos);
}
