#include <reel/core/inspect/terminal/detail/answer.h>

#include <doctest/doctest.h>

#include "conv_lesson.h"
#include "json_support.h"
#include "own_op.h"

using namespace reel;
using namespace reel::inspect;
using reel_test::parsed;

TEST_CASE("cost: the lesson's multiply-adds as loops") {
  const reel_test::ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const Answer answer = cost(trace);
  CHECK(answer.text ==
        R"(cost of one forward pass: multiply-adds (MACs) in nested loops, padding counted as numbers
  tensor  op        loops                        MACs  share
  z       conv2d    n<1 o<2 c<2 u<2 v<2 i<2 j<2    64  88.9%
  a       relu      8 elements
  y       conv1x1   n<1 o<1 c<2 i<2 j<2             8  11.1%
  loss    mse_loss  1 element
  all                                              72
)");
  CHECK(parsed(answer.data)["macs"] == 72);
  CHECK(parsed(answer.data)["ops"][0]["loops"][6] == nlohmann::json({{"name", "j"}, {"count", 2}}));
  CHECK(parsed(answer.data)["ops"][1]["elements"] == 8);
}

TEST_CASE("cost: a step without products has none") {
  Tape tape;
  const Trace trace(tape, sum(relu(tape.variable(Tensor::ones({3})))));
  CHECK(parsed(cost(trace).data)["macs"] == 0);
}

TEST_CASE("cost: an op of the program's own counts elements, whatever it is called") {
  for (const char* name : {"conv2d", "linear", "matmul"}) {
    Tape tape;
    const Answer answer =
        cost(Trace(tape, sum(reel_test::own_op(name, tape.variable(Tensor::ones({2, 3}))))));
    CHECK(parsed(answer.data)["macs"] == 0);
    CHECK(parsed(answer.data)["ops"][0]["elements"] == 6);
  }
}
