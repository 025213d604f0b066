#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include <reel/core/error.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "json_support.h"
#include "own_op.h"

using namespace reel;
using inspect::Rows;
using inspect::Trace;
using reel_test::contains;
using reel_test::ConvLesson;
using reel_test::own_op;
using reel_test::parsed;

namespace {

std::string why(const Trace& trace, const char* element, Rows rows = Rows::kFirst) {
  return inspect::why(trace, inspect::parse_element(trace, element), trace.events().size(), rows).text;
}

std::string lesson_why(const char* element) {
  const ConvLesson lesson;
  return why(Trace(lesson.tape, lesson.loss), element);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// y = 2 x + 1, explained as 2 x.
class Forgetful : public reel_test::OwnOp {
 public:
  Forgetful() : OwnOp("forgetful") {}
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = OwnOp::forward(inputs);
    for (Scalar& value : y.mutable_values()) value += 1;
    return y;
  }
  bool explain(Explain& e) const override {
    e.rule("", "x * 2");
    e.term({}, e.x(0, e.element()), Explain::number(2));
    return true;
  }
};

// y = 2 x, said in words.
class Spoken : public reel_test::OwnOp {
 public:
  explicit Spoken(std::string words) : OwnOp("spoken"), words_(std::move(words)) {}
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = {{"factor", {2}}, {"size", {3, 4}}}, .function = FunctionText{"factor x", words_}};
  }

 private:
  std::string words_;
};

std::string why_spoken(const char* element, const char* words) {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 3})).named("x");
  const Var y = tape.apply(std::make_unique<Spoken>(words), {x}).named("y");
  return why(Trace(tape, sum(y)), element);
}

}  // namespace

TEST_CASE("A NaN has no sign in what is said of it") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {-1})).named("x");
  const Trace trace(tape, sum(exp(relu(log(x).named("a"))).named("b")));
  CHECK(contains(why(trace, "da[0]"), "relu on (a = nan)"));
  CHECK(contains(why(trace, "b[0]"), "exp(nan)"));
}

TEST_CASE("why: an op of one's own that says its function in words needs no more") {
  CHECK(why_spoken("y[1]", "y / x") ==
        "y[1] = 6\n"
        "  = spoken(x[1])       1 term\n"
        "     spoken  running\n"
        "          6     6    spoken(3)\n"
        "  stored 6    re-summed 6    difference 0\n");
  CHECK(why_spoken("dx[1]", "y / x") ==
        "dx[1] = 2\n"
        "  = dy[1] * spoken'(x[1])       1 product\n"
        "     dy   spoken'   product  running\n"
        "      1         2      2        2    y / x at x = 3\n"
        "  stored 2    re-summed 2    difference 0\n");
  CHECK_THROWS_WITH_AS(why_spoken("dx[1]", "size x"), doctest::Contains("nothing is called \"size\""), Error);
  CHECK_THROWS_WITH_AS(why_spoken("dx[1]", "twice"), doctest::Contains("nothing is called \"twice\""), Error);
}

TEST_CASE("An op that says a function of one number has one input of its output's shape") {
  class Product : public Spoken {
   public:
    Product() : Spoken("1") {}
    void backward(BackwardPass&) override {}
  };
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2})).named("x");
  const Var y = tape.apply(std::make_unique<Product>(), {x, x});
  CHECK_THROWS_WITH_AS(
      Trace(tape, sum(y)),
      doctest::Contains("one input of the output's shape [2] is expected, the inputs are [2], [2]"), Error);
}

TEST_CASE("why: the golden table") {
  CHECK(lesson_why("dw[0,1,0,1]") ==
        "dw[0,1,0,1] = -4     input channel 1 -> output channel 0, kernel row 0, column 1\n"
        "  = sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]       4 products\n"
        "     n i j     dz     x   product  running\n"
        "     0 0 0      0     2      0        0    relu off (z = -24)\n"
        "     0 0 1      0     3      0        0    relu off (z = -8)\n"
        "     0 1 0      1     5      5        5\n"
        "     0 1 1   -1.5     6     -9       -4\n"
        "  stored -4    re-summed -4    difference 0\n");
}

TEST_CASE("why: a value with a term of another tensor, and what stands outside of the loop") {
  CHECK(lesson_why("z[0,1,1,1]") ==
        "z[0,1,1,1] = 4     image 0, output channel 1, row 1, column 1\n"
        "  = sum over c,u,v of x[0,c,u+1,v+1] * w[1,c,u,v] + b[1]       9 products\n"
        "     c u v     x     w   product  running\n"
        "     0 0 0     4     1      4        4\n"
        "     0 0 1     5    -1     -5       -1\n"
        "     0 1 0     7     0      0       -1\n"
        "     0 1 1     8     1      8        7\n"
        "     1 0 0     5     0      0        7\n"
        "     1 0 1     6    -1     -6        1\n"
        "     1 1 0     8     1      8        9\n"
        "     1 1 1     9    -1     -9        0\n"
        "               4     1      4        4    bias b[1]\n"
        "  stored 4    re-summed 4    difference 0\n");
}

TEST_CASE("why: where nothing is multiplied there is no column of ones") {
  CHECK(lesson_why("db[0]") ==
        "db[0] = -0.5     output channel 0\n"
        "  = sum over n,i,j of dz[n,0,i,j]       4 terms\n"
        "     n i j     dz  running\n"
        "     0 0 0      0      0    relu off (z = -24)\n"
        "     0 0 1      0      0    relu off (z = -8)\n"
        "     0 1 0      1      1\n"
        "     0 1 1   -1.5   -0.5\n"
        "  stored -0.5    re-summed -0.5    difference 0\n");
}

TEST_CASE("why: a number that an op held back") {
  CHECK(lesson_why("dz[0,0,0,0]") ==
        "dz[0,0,0,0] = 0\n"
        "  = da[0,0,0,0] * relu'(z[0,0,0,0])       1 product\n"
        "      da   relu'   product  running\n"
        "     0.5       0      0        0    relu off (z = -24)\n"
        "  stored 0    re-summed 0    difference 0\n");
}

TEST_CASE("why: what the padding leaves out stands in its tensor's column") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 1, 1}, {3})).named("x");
  const Var w = tape.variable(Tensor::from({1, 1, 1, 2}, {5, 7})).named("w");
  const Trace trace(tape, sum(conv2d(x, w, {}, {.padding = {0, 1}}).named("z")));
  CHECK(contains(why(trace, "z[0,0,0,0]"),
                 "     c u v     x     w   product  running\n"
                 "     0 0 0     0     5      0        0    padding\n"
                 "     0 0 1     3     7     21       21\n"));
}

TEST_CASE("why: columns are called by their tensors, also where the first rows are all padding") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({1, 1, 41, 41})).named("x");
  const Var w = tape.variable(Tensor::ones({1, 1, 3, 3})).named("w");
  const Trace trace(tape, sum(conv2d(x, w, {}, {.padding = 1}).named("z")));
  const std::string text = why(trace, "dw[0,0,0,0]");
  CHECK(contains(text,
                 "     n i  j    dz     x   product  running\n"
                 "     … 42 products are 0; the first: padding\n"
                 "     0 1  1     1     1      1        1\n"));
  CHECK(lines(text) == 2 + 1 + 1 + 40 + 2);
  CHECK(contains(text, "\n     … 1599 more; `why! dw[0,0,0,0]` prints all\n"));
  CHECK(contains(why(trace, "dw[0,0,0,0]", Rows::kAll),
                 "\n     0  0 40     1     0      0         0    padding\n"));
}

TEST_CASE("why: wide numbers widen their columns, and no line ends in blanks") {
  Tape tape;
  const Var a = tape.variable(Tensor::from({1, 2}, {Scalar(-123456), Scalar(0.015625)})).named("a");
  const Var b = tape.variable(Tensor::from({2, 1}, {4, Scalar(-0.5)})).named("a_long_name");
  const Trace trace(tape, sum(matmul(a, b).named("y")));
  const std::string text = why(trace, "y[0,0]");
  CHECK(contains(text,
                 "     k          a   a_long_name      product  running\n"
                 "     0    -123456             4      -493824  -493824\n"
                 "     1   0.015625          -0.5   -0.0078125  -493824\n"));
  CHECK_FALSE(contains(text, " \n"));
}

TEST_CASE("why: a long table is cut, its sum is not, and why! goes on") {
  Tape tape;
  std::vector<Scalar> numbers;
  for (int i = 1; i <= 160; i++) numbers.push_back(static_cast<Scalar>(i));
  const Var x = tape.variable(Tensor::from({160}, numbers)).named("x");
  const Trace trace(tape, sum(x).named("loss"));
  const std::string first = why(trace, "loss"), all = why(trace, "loss", Rows::kAll);
  CHECK(contains(
      first,
      "\n     … 120 more; `why! loss` prints all\n  stored 12880    re-summed 12880    difference 0\n"));
  CHECK(lines(first) == 2 + 1 + 40 + 2);
  CHECK(lines(all) == 2 + 1 + 160 + 1);
  CHECK_FALSE(contains(all, "more"));
}

TEST_CASE("why: what is given") {
  CHECK(lesson_why("x[0,1,0,0]") == "x[0,1,0,0] = 1     given: variable\n");
  CHECK(lesson_why("dloss") == "dloss = 1     the seed: the loss changes as itself\n");
}

TEST_CASE("why: a gradient of several ops has a table for each, as far as they have run") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {3, 4})).named("x");
  const Var doubled = (x * Scalar(2)).named("double"), square = (x * x).named("square");
  const Trace trace(tape, sum(doubled + square));
  const std::string text = why(trace, "dx[1]");
  CHECK(text ==
        "dx[1] = 10     3 contributions\n"
        "1. dx from dsquare by mul = 4\n"
        "  = dsquare[1] * x[1]       1 product\n"
        "     dsquare     x   product  running\n"
        "           1     4      4        4\n"
        "  stored 4    re-summed 4    difference 0\n"
        "2. dx += from dsquare by mul = 4\n"
        "  = dsquare[1] * x[1]       1 product\n"
        "     dsquare     x   product  running\n"
        "           1     4      4        4\n"
        "  stored 4    re-summed 4    difference 0\n"
        "3. dx += from ddouble by mul = 2\n"
        "  = ddouble[1] * 2       1 product\n"
        "     ddouble   factor   product  running\n"
        "           1        2      2        2\n"
        "  stored 2    re-summed 2    difference 0\n"
        "sum 10    stored 10    difference 0\n");
  const std::size_t second = trace.grad_events(0)[1];
  const std::string early = inspect::why(trace, {{0, true}, 1}, second + 1, Rows::kFirst).text;
  CHECK(contains(early, "dx[1] = 8     2 of 3 contributions so far\n"));
  CHECK(contains(early, "\nsum 8    stored 8    difference 0\n"));
}

TEST_CASE("why: the first term that is not finite is named") {
  Tape tape;
  const Scalar infinite = std::numeric_limits<Scalar>::infinity();
  const Var a = tape.variable(Tensor::from({1, 3}, {1, infinite, 2})).named("a");
  const Var b = tape.variable(Tensor::from({3, 1}, {1, 0, 1})).named("b");
  const Trace trace(tape, sum(matmul(a, b).named("y")));
  const std::string text = why(trace, "y[0,0]");
  CHECK(contains(text, "y[0,0] = nan"));
  CHECK(contains(text,
                 "\n  first not finite term: a[0,1] * b[1,0] = inf * 0 = nan\n"
                 "  stored nan    re-summed nan    both nan\n"));
}

TEST_CASE("why: an op without an explanation is named") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {3, 4})).named("x");
  const Var y = own_op("silent", x).named("y");
  const Trace trace(tape, sum(y));
  CHECK(contains(why(trace, "y[0]"), "y[0] = 6\n  the op silent of y (own_op.h:"));
  CHECK(contains(why(trace, "dx[1]"), "dx[1] = 2\n  the op silent of y (own_op.h:"));
}

TEST_CASE("why: a number that was set, and what the op makes of its inputs") {
  const ConvLesson lesson;
  const Trace trace =
      Trace(lesson.tape, lesson.loss).with(lesson.z.index(), 0, 10).with(lesson.x.index(), 17, 8);
  const std::string text = why(trace, "z[0,0,0,0]");
  CHECK(contains(text, "z[0,0,0,0] = 10     set by hand; the op computes:\n  = sum over c,u,v of "));
  CHECK(contains(text, "\n  re-summed -24\n"));
  CHECK(why(trace, "x[0,1,2,2]") == "x[0,1,2,2] = 8     set by hand\n");
  CHECK(contains(why(trace, "db[0]"), "set: a constant"));
}

TEST_CASE("why: the same for programs") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const auto element = inspect::parse_element(trace, "dw[0,1,0,1]");
  const auto data = parsed(inspect::why(trace, element, trace.events().size(), Rows::kFirst).data);
  CHECK(data["tensor"] == "dw");
  CHECK(data["index"] == std::vector<int>{0, 1, 0, 1});
  CHECK(data["value"] == -4);
  const auto& told = data["contributions"][0];
  CHECK(told["op"] == "z");
  CHECK(told["kind"] == "conv2d");
  CHECK(told["formula"] == "sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]");
  CHECK(told["term_count"] == 4);
  CHECK(told["sum"] == -4);
  const auto& term = told["terms"][3];
  CHECK(term["loop"] == std::vector<int>{0, 1, 1});
  CHECK(term["a"]["element"] == "dz[0,0,1,1]");
  CHECK(term["a"]["value"] == -1.5);
  CHECK(term["b"]["element"] == "x[0,1,1,2]");
  CHECK(term["product"] == -9);
  CHECK(term["running"] == -4);
  CHECK(told["terms"][0]["note"] == "relu off (z = -24)");
}

TEST_CASE("why: what was set by hand says so where the op has no explanation") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {3, 4})).named("x");
  const Var y = own_op("silent", x).named("y");
  const Trace trace = Trace(tape, sum(y)).with(y.index(), 0, 9);
  CHECK(contains(why(trace, "y[0]"), "y[0] = 9     set by hand\n  the op silent of y ("));
  CHECK(contains(why(trace, "y[1]"), "y[1] = 8\n  the op silent of y ("));
}

TEST_CASE("why: a slope that is 1 by chance is shown as a factor") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {Scalar(0.5)})).named("x");
  const Trace trace(tape, sum(pow(x, 2).named("y")));
  CHECK(contains(why(trace, "dx[0]"),
                 "1 product\n"
                 "     dy   pow'   product  running\n"
                 "      1      1      1        1    exponent x^(exponent - 1) at x = 0.5\n"));
}

TEST_CASE("why: a difference is told with enough digits, and whether it is rounding") {
  Tape tape;
  const Var x = tape.variable(Tensor::full({10}, Scalar(0.1))).named("x");
  const Trace trace(tape, sum(x).named("loss"));
  const std::string text = why(trace, "loss");
  const auto stored = text.find("  stored "), summed = text.find("re-summed ");
  REQUIRE(stored != std::string::npos);
  if (contains(text, "difference 0\n")) return;  // the kernel adds in the order of the terms
  CHECK(contains(text, ", within rounding\n"));
  CHECK(text.substr(stored + 9, 9) != text.substr(summed + 10, 9));
}

TEST_CASE("why: an op whose explanation is not what it computed is found out") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Trace trace(tape, sum(tape.apply(std::make_unique<Forgetful>(), {x}).named("y")));
  CHECK(contains(why(trace, "y[0]"), "stored 7    re-summed 6    difference 1, MORE than rounding\n"));
}

TEST_CASE("why: infinities that agree differ by nothing") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {std::numeric_limits<Scalar>::infinity()})).named("x");
  const Trace trace(tape, sum(x * Scalar(2)).named("loss"));
  CHECK(contains(why(trace, "mul[0]"), "stored inf    re-summed inf    both inf\n"));
}
