#include <reel/core/inspect/check.h>

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include <reel/core/error.h>

#include "conv_lesson.h"
#include "gradcheck_support.h"

using namespace reel;
using inspect::check;
using inspect::CheckResult;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::uniform;

namespace {

using reel_test::kDifferenceTolerance;
using reel_test::kDouble;
using reel_test::kFunctionTolerance;

// y = 2 x; its backward is a little off.
class WrongSlope : public Op {
 public:
  std::string_view name() const override { return "wrong_slope"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    return Tensor::full(inputs[0].shape(), 2 * inputs[0].item());
  }
  void backward(BackwardPass& pass) override {
    pass.add(0, Tensor::full(pass.input(0).shape(), Scalar(2.0625) * pass.dy().item()));
  }
};

}  // namespace

TEST_CASE("Differences agree with every gradient of the lesson") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  for (const char* name : {"x", "w", "b", "z", "v", "c", "y"}) {
    const std::size_t node = trace.find(name);
    for (Index i = 0; i < trace.nodes()[node].shape.numel(); i++) {
      const CheckResult result = check(trace, node, i);
      INFO(name << " " << result.text());
      REQUIRE(result.analytic);
      CHECK_CLOSE(result.numeric, *result.analytic, kDifferenceTolerance);
      CHECK(result.flips.empty());
    }
  }
}

TEST_CASE("A check tells how many digits the precision leaves, and how many are equal") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const CheckResult result = check(trace, trace.find("w"), 5);
  CHECK(*result.analytic == -4);
  CHECK(result.digits == (kDouble ? 9 : 3));
  CHECK(std::abs(result.numeric + 4) < 10 * result.rounding + 1e-12);
  CHECK(check(trace, trace.find("w"), 5, kDouble ? 1e-12 : 1e-4).digits < result.digits);
  CHECK(result.equal_digits() == result.digits);
  CHECK(result.text().ends_with(kDouble ? ": equal in 9 of the 9 digits that differences can tell"
                                        : ": equal in 3 of the 3 digits that differences can tell"));
}

TEST_CASE("A gradient that is wrong is equal in fewer digits than the differences can tell") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Var y = tape.apply(std::make_unique<WrongSlope>(), {x});
  const CheckResult result = check(Trace(tape, sum(y)), 0, 0);
  CHECK(*result.analytic == Scalar(2.0625));
  CHECK(result.digits >= (kDouble ? 9 : 2));
  CHECK(result.equal_digits() == 1);
  CHECK(result.text().find(": equal in 1 of the ") != std::string::npos);
}

TEST_CASE("Of what gets no gradient the digits of the differences are told") {
  Tape tape;
  const Var w = tape.variable(Tensor::from({1}, {3})), x = tape.input(Tensor::from({1}, {2}));
  const CheckResult result = check(Trace(tape, sum(w * x)), 1, 0);
  CHECK(result.text().starts_with("backward gives no gradient, differences 3"));
  CHECK(result.text().ends_with(" digits of the differences can be trusted"));
}

TEST_CASE("A relu or a max pool that flips within the step is counted") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {0, 1, 5, 5})).named("x");
  const Var loss = sum(max_pool2d(abs(relu(x)), 2));
  const Trace trace(tape, loss);
  const CheckResult at_kink = check(trace, 0, 0, 0.25);
  REQUIRE(at_kink.flips.size() == 2);  // relu and abs of the same number
  CHECK(trace.nodes()[at_kink.flips[0].node].op == "relu");
  CHECK(at_kink.flip_count() == 2);
  CHECK(at_kink.digits == 0);
  CHECK(at_kink.text() == "backward 0, differences 0 (h = 0.25); 2 flips: a kink, not a bug");
  const CheckResult tie = check(trace, 0, 2, 0.25);  // the 5 that the pool takes, beside its equal
  REQUIRE(tie.flips.size() == 1);
  CHECK(trace.nodes()[tie.flips[0].node].op == "max_pool2d");
  CHECK(*tie.analytic == 1);
  CHECK_CLOSE(tie.numeric, 0.5);
  CHECK(check(trace, 0, 1, 0.25).flips.empty());
}

TEST_CASE("A step over which the loss bends costs digits") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 3})).named("x");
  const Var loss = sum(exp(x));
  const Trace trace(tape, loss);
  const CheckResult wide = check(trace, 0, 0, 1), usual = check(trace, 0, 0);
  CHECK_CLOSE(wide.numeric, std::exp(1) * std::sinh(1));
  CHECK_CLOSE(wide.curvature, 4.0 / 3 * std::exp(1) * (std::sinh(1) - 2 * std::sinh(0.5)),
              kFunctionTolerance);
  CHECK(wide.digits == 0);
  CHECK(wide.text().ends_with(": rounding and curvature of the loss leave the differences no digit"));
  CHECK(usual.digits >= (kDouble ? 8 : 2));
  CHECK(std::abs(usual.numeric - std::exp(1)) < std::pow(10, 1 - usual.digits));
  const Trace line(tape, sum(x * Scalar(3)));
  CHECK(check(line, 0, 0).curvature == 0);
}

TEST_CASE("Where both ways say 0 there are no digits to compare") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {-1, 3})).named("x");
  CHECK(check(Trace(tape, sum(relu(x))), 0, 0, 0.5).text() ==
        "backward 0, differences 0 (h = 0.5): both are 0");
}

TEST_CASE("A gradient where differences say 0 is called unequal, not rounded") {
  CheckResult result{.analytic = 5,
                     .numeric = 0,
                     .h = 0.5,
                     .below = 1,
                     .above = 1,
                     .rounding = 1e-8,
                     .curvature = 0,
                     .digits = 0,
                     .flips = {}};
  CHECK(result.text() ==
        "backward 5, differences 0 (h = 0.5): not equal, and rounding explains no more than 1e-07");
  result.analytic = 1e-8;
  CHECK(result.text().ends_with(": rounding and curvature of the loss leave the differences no digit"));
}

TEST_CASE("A loss that is not finite is nothing to compare") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {0, 3})).named("x");
  const Trace trace(tape, sum(log(x)));
  const CheckResult result = check(trace, 0, 1, 0.5);
  CHECK(result.digits == 0);
  CHECK(result.text().find("differences nan (h = 0.5): the loss is -inf: nothing to compare") !=
        std::string::npos);
  CHECK(check(trace, 0, 0, 0.5).text().find("the loss is nan: nothing to compare") != std::string::npos);
}

TEST_CASE("Differences see through batch statistics") {
  const Tensor x = uniform({3, 2, 2, 2}), target = uniform({3, 2, 2, 2}, -1, 1, 1);
  Tape tape;
  const Var v = tape.variable(x).named("x");
  const Var ones = tape.variable(Tensor::ones({2})), zeros = tape.variable(Tensor::zeros({2}));
  const Trace trace(tape, mse_loss(batch_norm2d(v, ones, zeros), target));
  const CheckResult result = check(trace, 0, 4);
  CHECK_CLOSE(result.numeric, *result.analytic, kDifferenceTolerance);
}

TEST_CASE("A node without a gradient is checked by differences alone") {
  Tape tape;
  const Var x = tape.input(Tensor::from({2}, {3, 4})), w = tape.variable(Tensor::from({2}, {5, 6}));
  const CheckResult result = check(Trace(tape, sum(x * w)), x.index(), 0);
  CHECK_FALSE(result.analytic);
  CHECK_CLOSE(result.numeric, 5, reel_test::kSlopeTolerance);
  CHECK(result.text().find("gives no gradient") != std::string::npos);
}

TEST_CASE("A branch is checked like any other trace") {
  const ConvLesson lesson;
  const Trace trace = Trace(lesson.tape, lesson.loss).with(lesson.z.index(), 0, 10);
  const CheckResult set = check(trace, lesson.z.index(), 0), bias = check(trace, lesson.b.index(), 0);
  CHECK(*set.analytic == 1.75);
  CHECK_CLOSE(set.numeric, 1.75, kDifferenceTolerance);
  CHECK_CLOSE(bias.numeric, *bias.analytic, kDifferenceTolerance);
}

TEST_CASE("A step that rounding swallows and an element that is not there are errors") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK_THROWS_WITH_AS(check(trace, lesson.b.index(), 0, 1e-30), doctest::Contains("is lost in -80"), Error);
  CHECK_THROWS_AS(check(trace, lesson.b.index(), 2), ShapeError);
}

namespace {

// y = x, with a choice for each element that is above 0.
class CountingChoices : public Op {
 public:
  std::string_view name() const override { return "counting"; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].clone(); }
  void backward(BackwardPass& pass) override { pass.add(0, pass.dy()); }
  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.choices = [](std::span<const Tensor> inputs) {
      return std::vector<Index>(inputs[0].at(0) > 0 ? 3 : 1);
    }};
  }
};

}  // namespace

TEST_CASE("An op whose choices change in number is an error that names it") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({1})),
            loss = sum(tape.apply(std::make_unique<CountingChoices>(), {x}));
  const Trace trace(tape, loss);
  CHECK_THROWS_WITH_AS(check(trace, 0, 0),
                       doctest::Contains("counting: its choices are 1, 1 and 3 in number"), Error);
}
