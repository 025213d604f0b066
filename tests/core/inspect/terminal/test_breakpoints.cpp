#include <reel/core/inspect/terminal/detail/breakpoints.h>

#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>

#include "conv_lesson.h"

using namespace reel;
using inspect::Breakpoints;
using inspect::Trace;
using reel_test::ConvLesson;

namespace {

// The numbers of the events that meet a breakpoint, counted from 1.
std::vector<std::size_t> stops(const Trace& trace, const char* name) {
  Breakpoints breakpoints;
  breakpoints.add(trace, name);
  std::vector<std::size_t> result;
  for (std::size_t event = 0; event < trace.events().size(); event++) {
    if (breakpoints.met_by(trace, event) == name) result.push_back(event + 1);
  }
  return result;
}

using Stops = std::vector<std::size_t>;

}  // namespace

TEST_CASE("Breakpoints at kinds of ops, tensors and gradients") {
  const ConvLesson lesson;  // x w b z a v c y input loss | loss, y input, a v c, z, x w b
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(stops(trace, "conv2d") == Stops{4, 17, 18, 19});
  CHECK(stops(trace, "relu") == Stops{5, 16});
  CHECK(stops(trace, "z") == Stops{4, 16});
  CHECK(stops(trace, "dz") == Stops{16});
  CHECK(stops(trace, "grad z").size() == 1);
}

TEST_CASE("The breakpoint nan stops at what is not finite") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {0, 4})).named("x");
  const Trace trace(tape, sum((log(x) + x).named("y")));
  CHECK(stops(trace, "nan") == Stops{2, 3, 4, 9});  // log, y, sum; and the gradient of log at 0
  CHECK(std::isinf(trace.value(1).at(0)));
}

TEST_CASE("The breakpoint zero-grad stops where an op passes nothing on") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {-1, -4})).named("x");
  const Trace trace(tape, sum(relu(x)));
  CHECK(stops(trace, "zero-grad") == Stops{6});
}

TEST_CASE("A breakpoint is there once, and goes alone") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  Breakpoints breakpoints;
  for (const char* name : {"relu", "dz", "relu", "grad z", "z"}) breakpoints.add(trace, name);
  CHECK(breakpoints.names() == std::vector<std::string>{"relu", "dz", "z"});
  breakpoints.remove(trace, "grad z");
  CHECK(breakpoints.names() == std::vector<std::string>{"relu", "z"});
  CHECK_THROWS_WITH_AS(breakpoints.remove(trace, "nan"), "there is no breakpoint nan; `break` lists them",
                       Error);
  CHECK(Breakpoints::first_met(trace, "dz") == 15);
  CHECK_FALSE(Breakpoints::first_met(trace, "nan"));
}

TEST_CASE("A breakpoint at nothing is an error, and cleared ones stop no more") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  Breakpoints breakpoints;
  CHECK_THROWS_WITH_AS(breakpoints.add(trace, "los"), "nothing is called \"los\"; did you mean \"loss\"?",
                       Error);
  breakpoints.add(trace, "z");
  breakpoints.add(trace, "nan");
  CHECK(breakpoints.names() == std::vector<std::string>{"z", "nan"});
  breakpoints.clear();
  CHECK(breakpoints.names().empty());
  CHECK(breakpoints.met_by(trace, 3) == "");
}
