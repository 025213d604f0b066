#include <reel/core/inspect/terminal/detail/timeline.h>

#include <doctest/doctest.h>

#include <memory>

#include <reel/core/error.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "json_support.h"

using namespace reel;
using inspect::TensorRef;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::parsed;

namespace {

// y = x, and nothing comes back.
class Deaf : public Op {
 public:
  std::string_view name() const override { return "deaf"; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].clone(); }
  void backward(BackwardPass&) override {}
};

}  // namespace

TEST_CASE("Events in words") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Trace trace(tape, sum((x * x).named("y")).named("loss"));
  std::string story;
  for (std::size_t event = 0; event < trace.events().size(); event++) {
    story += inspect::event_text(trace, event) + "\n";
  }
  CHECK(story ==
        "x is given\n"
        "y = mul(x, x)\n"
        "loss = sum(y)\n"
        "dloss = 1, the seed\n"
        "dy from dloss by sum\n"
        "dx from dy by mul\n"
        "dx += from dy by mul\n");
  CHECK(inspect::made_by(trace, 1) == TensorRef{1, false});
  CHECK(inspect::made_by(trace, 6) == TensorRef{0, true});
  const auto data = parsed(inspect::event_json(trace, 4));
  CHECK(data["event"] == 5);
  CHECK(data["kind"] == "backward");
  CHECK(data["tensor"] == "dy");
  CHECK(data["by"] == "loss");
  CHECK(data["op"] == "sum");
  CHECK(data["shape"] == std::vector<int>{2});
}

TEST_CASE("A tensor exists from its event on, and is complete after its last") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Trace trace(tape, sum((x * x).named("y")).named("loss"));
  const TensorRef y{1, false}, dx{0, true};
  const auto error = [](auto&& f) { return reel_test::error_of<Error>(f); };
  CHECK(inspect::first_time(trace, y) == 2);
  CHECK(inspect::first_time(trace, dx) == 6);
  CHECK(error([&] { inspect::existing(trace, y, 1); }) ==
        "y is not yet computed at event 1 of 7; it comes at event 2: `until y`");
  CHECK(inspect::existing(trace, y, 2).at(1) == 4);
  CHECK(error([&] { inspect::existing(trace, dx, 5); }) ==
        "dx is not yet computed at event 5 of 7; it comes at event 6: `until dx`");
  CHECK(inspect::existing(trace, dx, 6).at(1) == 2);
  CHECK(inspect::so_far_text(trace, dx, 6) == "1 of 2 contributions so far");
  CHECK(inspect::so_far_text(trace, dx, 7).empty());
  CHECK(error([&] { inspect::require_complete(trace, dx, 6); }) ==
        "dx is not complete at event 6 of 7; its last contribution comes at event 7");
  inspect::require_complete(trace, dx, 7);
  inspect::require_complete(trace, y, 2);
}

TEST_CASE("What gets no gradient since an op's backward adds none") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1}, {1})).named("x");
  const Var y = tape.apply(std::make_unique<Deaf>(), {exp(x).named("e")}).named("y");
  const Trace trace(tape, sum(y));
  const auto error = [&](const char* name) {
    return reel_test::error_of<Error>([&] {
      inspect::existing(trace, {trace.find(name), true}, Trace::kEnd);
    });
  };
  CHECK(error("e") == "e gets no gradient: the backward of y (deaf) gave it none");
  CHECK(error("x") == "x gets no gradient: the backward of y (deaf) gave e none");
}

TEST_CASE("What never gets a gradient") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var c = tape.input(Tensor::from({2}, {1, 2})).named("c");
  exp(x).named("aside");
  const Trace trace(tape, sum(x * c));
  const auto error = [&](const char* name) {
    return reel_test::error_of<Error>([&] {
      inspect::existing(trace, {trace.find(name), true}, Trace::kEnd);
    });
  };
  CHECK_FALSE(inspect::first_time(trace, {c.index(), true}));
  CHECK(error("c") == "c gets no gradient: no variable and no trainable parameter leads to it");
  CHECK(error("aside") == "aside gets no gradient: the loss does not depend on it");
}
