#include <reel/core/inspect/terminal/detail/element.h>

#include <doctest/doctest.h>

#include <reel/core/error.h>

#include "compare_support.h"
#include "conv_lesson.h"

using namespace reel;
using inspect::ElementRef;
using inspect::parse_element;
using inspect::parse_slice;
using inspect::parse_tensor;
using inspect::TensorRef;
using inspect::Trace;
using reel_test::ConvLesson;

namespace {

std::string answer_error_of(const Trace& trace, const char* element) {
  return reel_test::error_of<Error>([&] { parse_element(trace, element); });
}

// "0:1 1:3 2" of the ranges, a number where the dimension falls away.
std::string ranges_of(const Trace& trace, const char* slice) {
  std::string text;
  for (const inspect::IndexRange& range : parse_slice(trace, slice).ranges) {
    text += (text.empty() ? "" : " ") + std::to_string(range.begin);
    if (!range.dropped) text += ":" + std::to_string(range.end);
  }
  return text;
}

}  // namespace

TEST_CASE("A tensor is a name or a position, and its gradient") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = trace.find("z");
  CHECK(parse_tensor(trace, "z") == TensorRef{z, false});
  CHECK(parse_tensor(trace, " dz ") == TensorRef{z, true});
  CHECK(parse_tensor(trace, "grad z") == TensorRef{z, true});
  CHECK(parse_tensor(trace, "grad dz") == TensorRef{z, true});
  CHECK(parse_tensor(trace, "#3") == TensorRef{3, false});
  CHECK(parse_tensor(trace, "d#3") == TensorRef{3, true});
  CHECK(text_of(trace, TensorRef{z, true}) == "dz");
}

TEST_CASE("A node's very name comes before the gradient of another") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var dx = (x * Scalar(3)).named("dx"), odd = (dx * Scalar(2)).named("a[1] b");
  const Trace trace(tape, sum(odd));
  CHECK(parse_tensor(trace, "dx") == TensorRef{dx.index(), false});
  CHECK(parse_tensor(trace, "grad x") == TensorRef{x.index(), true});
  CHECK(parse_tensor(trace, "ddx") == TensorRef{dx.index(), true});
  const ElementRef element = parse_element(trace, "a[1] b[0]");
  CHECK(element.node == odd.index());
  CHECK(element.element == 0);
  CHECK(parse_slice(trace, "a[1] b").text.empty());
}

TEST_CASE("An element is an index along each dimension, from the front or the end") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(parse_element(trace, "dw[0,1,0,1]").element == 5);
  CHECK(parse_element(trace, "grad w[ 0, 1 ,0,1 ]").element == 5);
  CHECK(parse_element(trace, "w[-1,-1,-1,-1]").element == 15);
  CHECK(parse_element(trace, "loss").element == 0);
  CHECK(parse_element(trace, "c").element == 0);
  CHECK(parse_element(trace, "c[0]").element == 0);
  CHECK(text_of(trace, parse_element(trace, "dw[0,1,0,-1]")) == "dw[0,1,0,1]");
  CHECK(text_of(trace, parse_element(trace, "dloss")) == "dloss");
}

TEST_CASE("Elements that are not there, and what is meant by them") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  CHECK(answer_error_of(trace, "z[0,2,0,0]") ==
        "z[0,2,0,0]: z is [1,2,2,2], its dimension 1 has the indices -2 to 1, not 2");
  CHECK(answer_error_of(trace, "dz[0,0,0,-3]") ==
        "dz[0,0,0,-3]: z is [1,2,2,2], its dimension 3 has the indices -2 to 1, not -3");
  CHECK(answer_error_of(trace, "z[0,1]") == "z[0,1]: z is [1,2,2,2] and takes 4 indices");
  CHECK(answer_error_of(trace, "z") == "z: z is [1,2,2,2] and takes 4 indices");
  CHECK(answer_error_of(trace, "b[0,0]") == "b[0,0]: b is [2] and takes 1 index");
  CHECK(answer_error_of(trace, "b[x]") ==
        "b[x]: an index is a whole number, or in `print` a slice such as 1:3, not \"x\"");
  CHECK(answer_error_of(trace, "b[0:1]").find("not \"0:1\"") != std::string::npos);
  CHECK(answer_error_of(trace, "z[0,1,0,0") == "z[0,1,0,0: the bracket is not closed, a ] is missing");
  CHECK(answer_error_of(trace, "dlos") == "nothing is called \"dlos\"; did you mean \"dloss\"?");
  CHECK(answer_error_of(trace, "qqqqqqqq[0]") ==
        "nothing is called \"qqqqqqqq\"; `list` shows what there is");
  CHECK(answer_error_of(trace, "#99") == "nothing is called \"#99\"; `list` shows what there is");
  CHECK(answer_error_of(trace, "") == "which tensor? `list` shows what there is");
}

TEST_CASE("A name that several nodes share is an error that lists them") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2}));
  const Trace trace(tape, sum(exp(exp(x).named("y")).named("y")));
  for (const char* name : {"y[0]", "dy[0]"}) {
    const std::string message = answer_error_of(trace, name);
    CHECK_MESSAGE(message.find("2 nodes are called \"y\": #1 exp") != std::string::npos, message);
  }
  CHECK(parse_element(trace, "d#1[1]").node == 1);
}

TEST_CASE("A slice is cut as in PyTorch") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 5, 3})).named("x");
  const Trace trace(tape, sum(x));
  CHECK(ranges_of(trace, "x") == "0:2 0:5 0:3");
  CHECK(ranges_of(trace, "x[1]") == "1 0:5 0:3");
  CHECK(ranges_of(trace, "dx[:,1:3,-1]") == "0:2 1:3 2");
  CHECK(ranges_of(trace, "x[:1, -2:, :]") == "0:1 3:5 0:3");
  CHECK(ranges_of(trace, "x[0,2:99,2:1]") == "0 2:5 2:2");
  CHECK(parse_slice(trace, "x[0,:]").text == "[0,:]");
  CHECK(reel_test::error_of<ShapeError>([&] { parse_slice(trace, "x[0,0,0,:]"); }) ==
        "x[0,0,0,:]: x is [2,5,3] and takes at most 3 indices");
  CHECK(reel_test::error_of<Error>([&] { parse_slice(trace, "x[1:b]"); }).find("not \"b\"") !=
        std::string::npos);
}
