#include <reel/core/inspect/terminal/detail/commands.h>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>

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

// y = x, not of large numbers; its backward adds something only where the first one is positive.
class Picky : public Op {
 public:
  std::string_view name() const override { return "picky"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    if (inputs[0].at(1) > 10) throw std::runtime_error("100 is too large");
    return inputs[0].clone();
  }
  void backward(BackwardPass& pass) override {
    if (pass.input(0).at(0) > 0) pass.add(0, pass.dy().clone());
  }
};

}  // namespace

TEST_CASE("set and rerun show what changed, and reset goes back") {
  const ConvLesson lesson;
  Session session(Trace(lesson.tape, lesson.loss));
  CHECK(set_value(session, "z[0,0,0,0] 10").text == "z[0,0,0,0] -24 -> 10 at the next `rerun`\n");
  CHECK(session.trace().value(lesson.z.index()).at(0, 0, 0, 0) == -24);
  CHECK(rerun(session).text ==
        "  tensor  changed  the largest change\n"
        "  z       1 of 8   z[0,0,0,0] -24 -> 10\n"
        "  a       1 of 8   a[0,0,0,0] 0 -> 10\n"
        "  y       1 of 4   y[0,0,0,0] 4 -> 9\n"
        "  loss    1 of 1   loss 15 -> 26.25\n"
        "  dy      1 of 4   dy[0,0,0,0] 1 -> 3.5\n"
        "  da      2 of 8   da[0,1,0,0] 1 -> 3.5\n"
        "  dv      2 of 2   dv[0,0,0,0] -72 -> -37\n"
        "  dc      1 of 1   dc[0] -1 -> 1.5\n"
        "  dz      2 of 8   dz[0,1,0,0] 1 -> 3.5\n"
        "  dx      6 of 18  dx[0,0,0,0] 1 -> 3.5\n"
        "  dw      7 of 16  dw[1,1,1,1] -12 -> 0.5\n"
        "  db      1 of 2   db[1] -1 -> 1.5\n"
        "loss 15 -> 26.25\n");
}

TEST_CASE("Several numbers are set at once, and a second rerun builds on the first") {
  const ConvLesson lesson;
  Session session(Trace(lesson.tape, lesson.loss));
  set_value(session, "c 1");
  set_value(session, "b[1] -4");
  rerun(session);
  CHECK(session.trace().changes().size() == 2);
  set_value(session, "c 0");
  const std::string text = rerun(session).text;
  CHECK(session.trace().value(lesson.c.index()).item() == 0);
  CHECK(session.trace().value(lesson.b.index()).at(1) == -4);
  CHECK(text.find(" c[0] 1 -> 0\n") != std::string::npos);
  CHECK(reset(session).text.starts_with("back to the step as it was recorded\n"));
  CHECK(session.trace().changes().empty());
  CHECK(session.trace().value(lesson.b.index()).at(1) == 4);
}

TEST_CASE("What a rerun changes is shown as far as it exists") {
  const ConvLesson lesson;
  Session session(Trace(lesson.tape, lesson.loss));
  session.time = lesson.z.index() + 1;
  set_value(session, "b[0] -79");
  CHECK(rerun(session).text ==
        "  tensor  changed  the largest change\n"
        "  b       1 of 2   b[0] -80 -> -79\n"
        "  z       4 of 8   z[0,0,0,0] -24 -> -23\n");
  CHECK(session.time == lesson.z.index() + 1);
  set_value(session, "b[0] -79");
  CHECK(rerun(session).text == "nothing changed\n");
}

TEST_CASE("A change to what is not finite is the largest") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 1})).named("x");
  Session session(Trace(tape, sum(log(x).named("y"))));
  set_value(session, "x[1] 0");
  set_value(session, "x[0] 100");
  const auto answer = rerun(session);
  CHECK(answer.text.find("y       2 of 2   y[1] 0 -> -inf\n") != std::string::npos);
  CHECK(parsed(answer.data)["changes"][1]["after"] == "-inf");
  CHECK(parsed(answer.data)["changes"][1]["changed"] == 2);
  CHECK(parsed(answer.data)["loss"]["before"] == 0);
}

TEST_CASE("A number that is set again has its last value, and = and + may be written") {
  const ConvLesson lesson;
  Session session(Trace(lesson.tape, lesson.loss));
  set_value(session, "c 1");
  CHECK(set_value(session, "c[0] = +2").text == "c[0] 0 -> 2 at the next `rerun`\n");
  CHECK(session.pending.size() == 1);
  rerun(session);
  CHECK(session.trace().value(lesson.c.index()).item() == 2);
  CHECK(set_value(session, "c=3").text == "c[0] 2 -> 3 at the next `rerun`\n");
}

TEST_CASE("A rerun that fails leaves the session as it was, with nothing set") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var y = tape.apply(std::make_unique<Picky>(), {x}).named("y");
  Session session(Trace(tape, sum(y)));
  set_value(session, "x[0] 5");
  set_value(session, "x[1] 100");
  CHECK_THROWS_WITH_AS(rerun(session),
                       "rerun: 100 is too large; the step is as before, and what was set is dropped", Error);
  CHECK(session.pending.empty());
  CHECK(session.trace().changes().empty());
  set_value(session, "x[0] 5");
  CHECK(rerun(session).text.ends_with("\nloss 3 -> 7\n"));
}

TEST_CASE("A branch may have other events than the step") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var y = tape.apply(std::make_unique<Picky>(), {x}).named("y");
  Session session(Trace(tape, sum(y)));
  CHECK(session.time == 6);
  set_value(session, "x[0] -1");
  CHECK(rerun(session).text ==
        "  tensor  changed  the largest change\n"
        "  x       1 of 2   x[0] 1 -> -1\n"
        "  y       1 of 2   y[0] 1 -> -1\n"
        "  sum     1 of 1   sum 3 -> 1\n"
        "  dx      2 of 2   there only before\n"
        "loss 3 -> 1\n");
  CHECK(session.time == 5);
  set_value(session, "x[0] 1");
  const auto answer = rerun(session);
  CHECK(answer.text.find("  dx      2 of 2   there only after\n") != std::string::npos);
  CHECK(parsed(answer.data)["changes"].back()["only"] == "after");
  CHECK(session.time == 6);
}

TEST_CASE("What cannot be set") {
  const ConvLesson lesson;
  Session session(Trace(lesson.tape, lesson.loss));
  const auto error = [&](const char* arguments) {
    return reel_test::error_of<Error>([&] { set_value(session, arguments); });
  };
  CHECK(error("dz[0,0,0,0] 1") == "dz[0,0,0,0] is a gradient; this takes a value, as z[0,0,0,0]");
  CHECK(error("z[0,0,0,0]") == "set takes a number at its end, as in `set w[0] 1.5`, not \"z[0,0,0,0]\"");
  CHECK(error("z[0,0,0,0] much").find("not \"much\"") != std::string::npos);
  CHECK(error("3") == "which tensor? `list` shows what there is");
  session.time = 0;
  CHECK(error("z[0,0,0,0] 1").find("z is not yet computed at event 0 of 19") != std::string::npos);
  CHECK_THROWS_WITH_AS(rerun(session), doctest::Contains("nothing is set"), Error);
}
