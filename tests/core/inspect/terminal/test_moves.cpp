#include <reel/core/inspect/terminal/detail/commands.h>

#include <doctest/doctest.h>

#include <reel/core/error.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::Session;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

namespace {

struct Fixture {
  ConvLesson lesson;
  Session session{Trace(lesson.tape, lesson.loss)};

  std::string where() const { return inspect::where(session).text; }
  template <class F>
  std::string error(F&& move) {
    return reel_test::error_of<Error>(move);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "where says the last event and the next") {
  CHECK(where() == "event 19 of 19: db from dz by conv2d    the end\n");
  session.time = 0;
  CHECK(where() == "event 0 of 19: nothing is computed yet    next: x is given\n");
  session.time = 4;
  CHECK(where() == "event 4 of 19: z = conv2d(x, w, b)    next: a = relu(z)\n");
  session.time = 10;
  CHECK(where() == "event 10 of 19: loss = mse_loss(y, input)    next: dloss = 1, the seed\n");
  CHECK(parsed(inspect::where(session).data)["event"]["by"] == "loss");
}

TEST_CASE_FIXTURE(Fixture, "Moves go by events and stop at both ends") {
  inspect::step_back(session, "");
  CHECK(session.time == 18);
  inspect::step_back(session, "3");
  CHECK(session.time == 15);
  inspect::step_forward(session, "");
  CHECK(session.time == 16);
  inspect::step_forward(session, "100");
  CHECK(session.time == 19);
  inspect::step_back(session, "100");
  CHECK(session.time == 0);
  inspect::go_to(session, "7");
  CHECK(session.time == 7);
  for (const char* count : {"0", "-1", "x", "1.5", "1 2"}) {
    CHECK(error([&] { inspect::step_forward(session, count); }) ==
          fmt::format("\"{}\" is no number of events: it is 1 or more", count));
  }
  for (const char* time : {"20", "-1", "", "z"}) {
    CHECK(error([&] { inspect::go_to(session, time); }) ==
          fmt::format("goto takes the number of an event, 0 to 19, not \"{}\"", time));
  }
  CHECK(session.time == 7);
}

TEST_CASE_FIXTURE(Fixture, "A move shows what is new") {
  session.time = 6;
  CHECK(inspect::step_forward(session, "").text ==
        "event 7 of 19: c is given    next: y = conv1x1(a, v, c)\n"
        "c = 0\n");
  const auto answer = inspect::step_forward(session, "");
  CHECK(answer.text ==
        "event 8 of 19: y = conv1x1(a, v, c)    next: input is given\n"
        "y [1,1,2,2]\n"
        "tensor([[[[ 4.,  4.],\n"
        "          [16., 24.]]]])\n");
  CHECK(parsed(answer.data)["made"]["values"].dump() == "[4.0,4.0,16.0,24.0]");
}

TEST_CASE_FIXTURE(Fixture, "until runs to the next event of a tensor") {
  session.time = 0;
  inspect::run_until(session, "z");
  CHECK(session.time == 4);
  inspect::run_until(session, "dw");
  CHECK(session.time == 18);
  CHECK(error([&] { inspect::run_until(session, "z"); }) ==
        "nothing after event 18 changes z; it came at event 4: `goto 4`");
  CHECK(error([&] { inspect::run_until(session, ""); }) == "until takes a tensor: `until dz`");
  CHECK(error([&] { inspect::run_until(session, "grad input"); }) ==
        "input gets no gradient: no variable and no trainable parameter leads to it");
}

TEST_CASE_FIXTURE(Fixture, "Forward moves stop at breakpoints and say so") {
  session.time = 0;
  CHECK(inspect::set_breakpoint(session, "").text == "no breakpoints\n");
  inspect::set_breakpoint(session, "a");
  CHECK(inspect::set_breakpoint(session, "dv").text == "breakpoints: a, dv\n");
  const auto answer = inspect::step_forward(session, "9");
  CHECK(answer.text.starts_with("breakpoint a\nevent 5 of 19: a = relu(z)"));
  CHECK(parsed(answer.data)["breakpoint"] == "a");
  inspect::run_to(session, 19);
  CHECK(session.time == 13);  // da
  inspect::run_until(session, "dz");
  CHECK(session.time == 14);  // dv
  inspect::go_to(session, "0");
  inspect::go_to(session, "19");
  CHECK(session.time == 19);
  CHECK(inspect::set_breakpoint(session, "off").text == "no breakpoints\n");
  session.time = 0;
  inspect::run_to(session, 19);
  CHECK(session.time == 19);
  inspect::run_to(session, 10);
  CHECK(session.time == 10);
}

TEST_CASE_FIXTURE(Fixture, "A breakpoint that lies behind says where it was met first") {
  CHECK(inspect::set_breakpoint(session, "relu").text ==
        "breakpoints: relu\nfirst met at event 5: a = relu(z); `goto 5` stands there\n");
  CHECK(inspect::set_breakpoint(session, "nan").text ==
        "breakpoints: relu, nan\nno event of this step meets nan\n");
  CHECK(inspect::set_breakpoint(session, "off relu").text == "breakpoints: nan\n");
  CHECK(inspect::set_breakpoint(session, "off").text == "no breakpoints\n");
}

TEST_CASE_FIXTURE(Fixture, "A run to an earlier time starts anew and stops at breakpoints") {
  inspect::set_breakpoint(session, "z");
  CHECK(inspect::run_to(session, 10).text.starts_with("breakpoint z\nevent 4 of 19"));
  CHECK(inspect::run_to(session, 10).text.starts_with("event 10 of 19"));
}

TEST_CASE_FIXTURE(Fixture, "While predicting, a move asks and hides") {
  session.time = 3;
  session.predicting = true;
  const std::string text = inspect::step_forward(session, "").text;
  REQUIRE(session.question);
  CHECK(text == where() + inspect::question_text(session.trace(), *session.question) + "\n");
  CHECK(error([&] { session.visible_element("z[0,0,0,0]"); }).starts_with("z is hidden until you answer z["));
  session.visible_element("x[0,0,0,0]");
  inspect::step_back(session, "");
  CHECK_FALSE(session.question);
}
