#include <reel/core/inspect/terminal/detail/commands.h>

#include <doctest/doctest.h>

#include <limits>

#include <reel/core/error.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::print;
using inspect::Session;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

TEST_CASE("print shows a tensor, a part of it and its gradient") {
  const ConvLesson lesson;
  const Session session(Trace(lesson.tape, lesson.loss));
  CHECK(print(session, "dz").text ==
        "dz [1,2,2,2]\n"
        "tensor([[[[ 0.0000,  0.0000],\n"
        "          [ 1.0000, -1.5000]],\n"
        "\n"
        "         [[ 1.0000, -1.0000],\n"
        "          [ 2.0000, -3.0000]]]])\n");
  CHECK(print(session, "z[0,:,1]").text ==
        "z[0,:,1] [2,2]\n"
        "tensor([[24., 40.],\n"
        "        [ 4.,  4.]])\n");
  CHECK(print(session, "x[0,1,1:,-2:]").text ==
        "x[0,1,1:,-2:] [2,2]\n"
        "tensor([[5., 6.],\n"
        "        [8., 9.]])\n");
  CHECK(print(session, "x[0,1:2,:2,0]").text ==
        "x[0,1:2,:2,0] [1,2]\n"
        "tensor([[1., 4.]])\n");
  CHECK(print(session, "dx[0,0,2,2]").text == "dx[0,0,2,2] = -7.5\n");
  CHECK(print(session, "loss").text == "loss = 15\n");
  CHECK(print(session, "b[1:1]").text == "b[1:1] [0]\ntensor([])\n");
}

TEST_CASE("print says what a gradient that is still to grow lacks") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  Session session(Trace(tape, sum(x * x)));
  session.time = session.trace().grad_events(0).at(0) + 1;
  CHECK(print(session, "dx").text == "dx [2], 1 of 2 contributions so far\ntensor([1., 2.])\n");
  CHECK(print(session, "dx[1]").text == "dx[1] = 2, 1 of 2 contributions so far\n");
}

TEST_CASE("print for programs") {
  Tape tape;
  const Scalar infinite = std::numeric_limits<Scalar>::infinity();
  const Var x = tape.variable(Tensor::from({2, 2}, {1, -infinite, infinite - infinite, 4})).named("x");
  const Var large = tape.variable(Tensor::zeros({1001})).named("large");
  const Session session(Trace(tape, sum(x) + sum(large)));
  const auto data = parsed(print(session, "x").data);
  CHECK(data["tensor"] == "x");
  CHECK(data["shape"] == std::vector<int>{2, 2});
  CHECK(data["values"].dump() == R"([1.0,"-inf","nan",4.0])");
  CHECK_FALSE(parsed(print(session, "large").data).contains("values"));
  CHECK(parsed(print(session, "large[:1000]").data)["values"].size() == 1000);
}

TEST_CASE("A slice of more numbers than anybody reads is an error, the whole is summarised") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 1'000'001})).named("x");
  const Session session(Trace(tape, sum(x)));
  CHECK(print(session, "x").text ==
        "x [2,1000001]\n"
        "tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "        [0., 0., 0.,  ..., 0., 0., 0.]])\n");
  CHECK_THROWS_WITH_AS(print(session, "x[0]"),
                       "x[0] has 1000001 numbers; a slice is printed up to 1000000, narrow it", Error);
}

TEST_CASE("What an event made is printed where it is small") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({65})).named("x");
  const Trace trace(tape, sum(x).named("loss"));
  CHECK(inspect::print_made(trace, 0).text == "x [65]: `print x` shows it\n");
  CHECK(inspect::print_made(trace, 1).text == "loss = 65\n");
  CHECK(inspect::print_made(trace, 2).text == "dloss = 1\n");
}
