#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>

#include "close.h"
#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::ConvLesson;
using reel_test::parsed;

TEST_CASE("path: from a pixel to the loss, by what the loss feels most") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = path(trace, {{trace.find("x"), false}, 8}, Trace::kEnd);
  CHECK(
      answer.text ==
      R"(path from x[0,0,2,2] = 8 to the loss: at each op the use that the loss feels most, and its share of all
  number                     share          factor      gradient * factor
  x[0,0,2,2]  -> z[0,0,1,1]  60% of 2 uses  w[0,0,1,1]  -1.5 * 3 = -4.5
  z[0,0,1,1]  -> a[0,0,1,1]  its one use    1           -1.5 * 1 = -1.5    relu on (z = 40)
  a[0,0,1,1]  -> y[0,0,1,1]  its one use    v[0,0,0,0]  -3 * 0.5 = -1.5
  y[0,0,1,1]  -> loss        its one use    -3          1 * -3 = -3
  loss = 15
)");
  CHECK(parsed(answer.data)["steps"].size() == 4);
  CHECK(parsed(answer.data)["steps"][0]["factor_name"] == "w[0,0,1,1]");
  CHECK(parsed(answer.data)["steps"][0]["share"] == 0.6);
}

TEST_CASE("path: from a gradient back to the seed, by its largest term") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(path(trace, {{trace.find("w"), true}, 5}, Trace::kEnd).text ==
        R"(path from dw[0,1,0,1] = -4 to the seed: at each op the largest product, and its share of all
  gradient             share              largest product
  dw[0,1,0,1]  = -4    64% of 4 products  dz[0,0,1,1] * x[0,1,1,2]  -1.5 * 6 = -9
  dz[0,0,1,1]  = -1.5  its one product    da[0,0,1,1] * 1           -1.5 * 1 = -1.5  relu on (z = 40)
  da[0,0,1,1]  = -1.5  its one product    dy[0,0,1,1] * v[0,0,0,0]  -3 * 0.5 = -1.5
  dy[0,0,1,1]  = -3    its one product    dloss * -3                1 * -3 = -3
  dloss = 1, the seed
)");
}

TEST_CASE("path: ends where nothing gets through") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(
      path(trace, {{trace.find("z"), false}, 0}, Trace::kEnd).text ==
      "path from z[0,0,0,0] = -24 to the loss: at each op the use that the loss feels most, and its share of "
      "all\n"
      "  ends at z[0,0,0,0]: nothing gets through, relu off (z = -24)\n");
}

TEST_CASE("path: an input that gets no gradient has a first step by differences") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const nlohmann::json data = parsed(path(trace, {{trace.find("input"), false}, 2}, Trace::kEnd).data);
  REQUIRE(data["steps"].size() == 1);
  CHECK(data["steps"][0]["note"] == "by differences");
  CHECK_CLOSE(data["steps"][0]["product"].get<double>(), -2, reel_test::kSlopeTolerance);
  CHECK(data["end"] == "loss = 15");
}

TEST_CASE("path: what does not lead to the loss ends at once") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var y = tape.input(Tensor::from({2}, {1, 2})).named("y");
  (void)exp(y);
  const Trace trace(tape, sum(x));
  CHECK(parsed(path(trace, {{y.index(), false}, 0}, Trace::kEnd).data)["end"] ==
        "ends at y[0]: nothing on the way to the loss moves with it");
}

TEST_CASE("path: a NaN is followed before all else") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {2})).named("x");
  const Var y = tape.variable(Tensor::from({3}, {5, Scalar(NAN), 7})).named("y");
  const Trace trace(tape, sum((x * y).named("p")));
  CHECK(parsed(path(trace, {{x.index(), false}, 0}, Trace::kEnd).data)["steps"][0]["reader"] == "p[1]");
}

TEST_CASE("path: goes by what exists at its time") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {1})).named("x");
  const Var p = (x * Scalar(5)).named("p"), q = (x * Scalar(2)).named("q");
  const Trace trace(tape, sum(p + q));
  const std::vector<std::size_t> events = trace.grad_events(x.index());  // of q, then of p
  const auto first_reader = [&](std::size_t time) -> std::string {
    return parsed(path(trace, {{x.index(), true}, 0}, time).data)["steps"][0]["reader"];
  };
  CHECK(first_reader(events[1] + 1) == "p[0]");
  CHECK(first_reader(events[1]) == "q[0]");
  CHECK_THROWS_WITH_AS(path(trace, {{x.index(), false}, 0}, events[0]),
                       doctest::Contains("dx is not yet computed at event"), Error);
}

TEST_CASE("path: what has no gradient is an error where the gradient is asked for") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t input = trace.find("input");
  CHECK_THROWS_WITH_AS(path(trace, {{input, true}, 0}, Trace::kEnd),
                       doctest::Contains("input gets no gradient"), Error);
  CHECK_THROWS_WITH_AS(path(trace, {{input, false}, 0}, 10),
                       "dloss is not yet computed at event 10 of 19; it comes at event 11: `until dloss`",
                       Error);
  CHECK_THROWS_AS(path(trace, {{input, false}, 4}, Trace::kEnd), ShapeError);
}

TEST_CASE("path: goes on by the number, not by one of its terms") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Trace trace(tape, sum((x * x).named("y") + (x * Scalar(4)).named("z")));
  const nlohmann::json step = parsed(path(trace, {{x.index(), false}, 0}, Trace::kEnd).data)["steps"][0];
  CHECK(step["reader"] == "y[0]");
  CHECK(step["factor"] == 6);
  CHECK(step["share"] == 0.6);
  CHECK(step["of"] == 2);
  CHECK(step["note"] == "sum of 2 terms");
}
