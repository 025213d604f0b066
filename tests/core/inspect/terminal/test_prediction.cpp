#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <reel/core/inspect/terminal/detail/timeline.h>

#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::Question;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

namespace {

Question question_of(const Trace& trace, const char* element, int wrong = 0) {
  const inspect::ElementRef asked = inspect::parse_element(trace, element);
  const std::size_t event = asked.gradient ? trace.grad_events(asked.node).back() : asked.node;
  return {event, asked.element, wrong};
}

// After two wrong answers a third closes the question.
std::string grade(const Trace& trace, const char* element, double guess) {
  return inspect::grade(trace, question_of(trace, element, 2), guess).answer.text;
}

std::string hint(const Trace& trace, const char* element, int hints) {
  Question question = question_of(trace, element);
  question.hints = hints;
  return inspect::hint_at(trace, question).text;
}

}  // namespace

TEST_CASE("Questions are about what ops make") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  for (std::size_t event = 0; event < trace.events().size(); event++) {
    const auto question = inspect::ask(trace, event);
    using Kind = inspect::Event::Kind;
    const Kind kind = trace.events()[event].kind;
    CHECK(question.has_value() == (kind == Kind::kForward || kind == Kind::kBackward));
    if (!question) continue;
    CHECK(question->element < trace.made(event).numel());
    CHECK(inspect::ask(trace, event)->element == question->element);
  }
  CHECK(inspect::question_text(trace, {trace.grad_events(1)[0], 5}) == "dw[0,1,0,1] = ?");
}

TEST_CASE("A right guess, to three digits where the number is not whole") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(grade(trace, "dw[0,1,0,1]", -4) == "right: dw[0,1,0,1] = -4\n");
  CHECK(grade(trace, "dx[0,0,2,2]", -7.501) == "right: dx[0,0,2,2] = -7.5\n");
  CHECK(grade(trace, "dw[0,1,0,1]", -4.001).starts_with("not -4.001, dw[0,1,0,1] = -4\n"));
}

TEST_CASE("A wrong guess is traced to the term that accounts for it") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const auto told = [&](const char* element, double guess) {
    const std::string text = grade(trace, element, guess);
    return text.substr(text.find('\n') + 1);
  };
  const std::string third = "first wrong term: dz[0,0,1,0] * x[0,1,1,1] = 1 * 5 = 5 ";
  CHECK(told("dw[0,1,0,1]", -9) == third + "is missing\n");
  CHECK(told("dw[0,1,0,1]", -14) == third + "has the other sign\n");
  CHECK(told("dw[0,1,0,1]", -3) == third + "is a product, not a sum\n");
  CHECK(told("dw[0,1,0,1]", 4) == "the sign is wrong\n");
  CHECK(told("z[0,0,0,0]", 56) == "first wrong term: b[0] = -80 is missing\n");
  CHECK(told("dz[0,0,0,0]", 0.5) ==
        "first wrong term: da[0,0,0,0] * 0 = 0.5 * 0 = 0 does not count: relu off (z = -24)\n");
}

TEST_CASE("Where no single term accounts for a wrong guess, all are told") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::string text = grade(trace, "dw[0,1,0,1]", 1234);
  CHECK(text.starts_with("not 1234, dw[0,1,0,1] = -4\ndw[0,1,0,1] = -4     input channel 1"));
  CHECK(text.find("     0 1 1   -1.5     6     -9       -4\n") != std::string::npos);
}

TEST_CASE("A term that is no product of two numbers of tensors is none to be added up") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {4, 1})).named("x");
  const Trace trace(tape, sum(x));
  const std::string text = grade(trace, "sum", 6);  // 5 + 1: the first term is 4, with the number 1
  CHECK(text.starts_with("not 6, sum = 5\nsum = 5"));
}

TEST_CASE("A guess that forgets what was there before") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Var doubled = x * Scalar(2), more = x * Scalar(7);
  const Trace trace(tape, sum(doubled + more));
  CHECK(grade(trace, "dx", 2) == "not 2, dx[0] = 9\nthat is what this op adds; 7 was there before\n");
  CHECK(grade(trace, "dx", 9) == "right: dx[0] = 9\n");
}

TEST_CASE("The first two wrong answers tell the slip, not the number") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const auto first = inspect::grade(trace, question_of(trace, "dw[0,1,0,1]"), 4);
  CHECK(first.answer.text == "not 4: try again; `hint` helps, `skip` shows it\nthe sign is wrong\n");
  CHECK_FALSE(first.right);
  CHECK_FALSE(first.closes);
  CHECK_FALSE(parsed(first.answer.data).contains("value"));
  const auto second = inspect::grade(trace, question_of(trace, "dw[0,1,0,1]", 1), 1234);
  CHECK(second.answer.text == "not 1234: try again; `hint` helps, `skip` shows it\n");
  CHECK_FALSE(second.closes);
  const auto third = inspect::grade(trace, question_of(trace, "dw[0,1,0,1]", 2), 1234);
  CHECK(third.closes);
  CHECK(parsed(third.answer.data)["value"] == -4);
  CHECK(inspect::grade(trace, question_of(trace, "dw[0,1,0,1]"), -4).closes);
}

TEST_CASE("Hints are the formula, then the factors, never their sum") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::string formula = "  = sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]       4 products\n";
  CHECK(hint(trace, "dw[0,1,0,1]", 0) == formula);
  CHECK(hint(trace, "dw[0,1,0,1]", 1) == formula + "  0 * 2, 0 * 3, 1 * 5, -1.5 * 6\n");
  CHECK(hint(trace, "z[0,0,0,0]", 1).ends_with(", 5 * 4, -80\n"));
}

TEST_CASE("No hint shows a number that is the answer") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {1, 5, 3, 4})).named("x");
  const Trace trace(tape, sum(exp(max_pool2d(x, 2).named("y")).named("z")));
  for (const char* element : {"y[0,0,0,0]", "z[0,0,0,0]"})
    CHECK(hint(trace, element, 1) == hint(trace, element, 0));
}

TEST_CASE("A hint for a gradient that grows says what was there, one of many terms is cut") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {3})).named("x");
  const Var doubled = x * Scalar(2), more = x * Scalar(7);
  const Trace grown(tape, sum(doubled + more));
  const std::string text = hint(grown, "dx", 0);
  CHECK_MESSAGE(text.ends_with("\n  and 7, which the gradient was before\n"), text);
  const Trace many(tape, sum(x * tape.input(Tensor::arange(20))).named("loss"));
  CHECK(hint(many, "loss", 1).ends_with(", 45, …\n"));
}
