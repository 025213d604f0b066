#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include <reel/core/inspect/terminal/detail/timeline.h>

#include "conv_lesson.h"

using namespace reel;
using inspect::Question;
using inspect::Trace;
using reel_test::ConvLesson;

namespace {

std::string grade(const Trace& trace, const char* element, double guess) {
  const inspect::ElementRef asked = inspect::parse_element(trace, element);
  const std::size_t event = asked.gradient ? trace.grad_events(asked.node).back() : asked.node;
  return inspect::grade(trace, {event, asked.element}, guess).text;
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
