// What an op of a program's own can say wrongly, to its tape.
#include <reel/core/op.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/tape.h>

#include "../compare_support.h"

using namespace reel;
using reel_test::error_of;

namespace {

// y = x, but for what a test makes it say.
struct Says {
  EpilogueStep step = EpilogueStep::kNone;
  bool reads_map = false;
  std::function<Tensor(std::span<const Tensor>)> forward = [](auto inputs) { return inputs[0].clone(); };
  std::function<void(BackwardPass&)> backward = [](BackwardPass& pass) { pass.add(0, pass.dy()); };
  std::optional<Shape> promises = {};  // and waits
  ChannelMap map = {};
};

class SayingOp : public Op {
 public:
  explicit SayingOp(Says says)
      : Op({.takes_steps = says.promises.has_value(), .reads_map = says.reads_map, .step = says.step}),
        says_(std::move(says)) {}
  std::string_view name() const override { return "saying"; }
  Tensor forward(std::span<const Tensor> inputs) override { return says_.forward(inputs); }
  void backward(BackwardPass& pass) override { says_.backward(pass); }
  ChannelMap channel_map(std::span<const Tensor>) const override { return says_.map; }

 private:
  Says says_;
};

Var saying(Tape& tape, std::initializer_list<Var> inputs, Says says) {
  const std::optional<Shape> promised = says.promises;
  auto op = std::make_unique<SayingOp>(std::move(says));
  if (!promised) return tape.apply(std::move(op), inputs);
  return tape.apply(std::move(op), *promised, inputs);
}

// The message of the E that it throws, which names the op.
template <class E, class F>
bool says_of_the_op(F&& f, std::string_view words) {
  const std::string message = error_of<E>(f);
  INFO(message);
  return message.find("saying (test_op.cpp:") != std::string::npos &&
         message.find(words) != std::string::npos;
}

struct QuotaError : IoError {
  using IoError::IoError;
};

}  // namespace

TEST_CASE("An op's word of what it is to one that waits must fit its inputs") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 2}));
  const auto after_linear = [&](EpilogueStep step, int inputs) {
    const Var y = linear(x, x);  // waits
    if (inputs == 0)
      return saying(tape, {}, {.step = step, .forward = [](auto) { return Tensor::ones({1}); }});
    if (inputs == 1) return saying(tape, {y}, {.step = step});
    return saying(tape, {y, reshape(x, {4})}, {.step = step});
  };
  CHECK(says_of_the_op<ShapeError>([&] { after_linear(EpilogueStep::kAdd, 1); },
                                   "kAdd, which takes two inputs"));
  CHECK(says_of_the_op<ShapeError>([&] { after_linear(EpilogueStep::kAdd, 0); }, "given 0 inputs"));
  CHECK(says_of_the_op<ShapeError>([&] { after_linear(EpilogueStep::kAdd, 2); }, "[2,2], [4]"));
  CHECK(says_of_the_op<ShapeError>([&] { after_linear(EpilogueStep::kRelu, 0); }, "kRelu, which takes one"));
  CHECK(says_of_the_op<ShapeError>([&] { after_linear(EpilogueStep::kRelu, 2); }, "kRelu, which takes one"));
  CHECK(says_of_the_op<ShapeError>([&] { after_linear(EpilogueStep::kMap, 0); }, "kMap"));
  CHECK(relu(linear(x, x)).value().text() == "tensor([[2., 2.],\n        [2., 2.]])");
}

TEST_CASE(
    "An op that reads its first input through a map has one, and only a map of its own shape is left to it") {
  Tape tape;
  CHECK(says_of_the_op<ShapeError>([&] { saying(tape, {}, {.reads_map = true, .promises = Shape{1}}); },
                                   "was given none"));
  const Tensor three = Tensor::ones({3});
  const Var x = conv2d(tape.input(Tensor::ones({2, 3, 4, 5})), tape.variable(Tensor::ones({3, 3, 1, 1})));
  const auto larger = [](auto) { return Tensor::ones({2, 3, 5, 5}); };
  const Var y = saying(tape, {x},
                       {.step = EpilogueStep::kMap,
                        .forward = larger,
                        .promises = Shape{2, 3, 5, 5},
                        .map = {three, three, three}});
  conv2d(y, tape.variable(Tensor::ones({1, 3, 5, 5}))).value();
  CHECK(y.value().shape() == Shape{2, 3, 5, 5});
}

TEST_CASE("A channel map of other sizes than the channels is an error that names the map") {
  const Tensor x = Tensor::ones({1, 2, 3, 3}), weight = Tensor::ones({2, 2, 1, 1}), two = Tensor::ones({2});
  for (const ChannelMap& map : {ChannelMap{}, ChannelMap{two, Tensor::ones({1}), {}}, ChannelMap{two, {}, {}},
                                ChannelMap{two, two, Tensor::ones({3})}}) {
    Tape tape({.record = false});
    const Var y = conv2d(tape.input(x), tape.input(weight));
    CHECK(says_of_the_op<ShapeError>(
        [&] { relu(saying(tape, {y}, {.step = EpilogueStep::kMap, .map = map})).value(); },
        "for 2 channels"));
  }
}

TEST_CASE("A forward that gives nothing, another shape than promised, or writes to its input is an error") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}));
  const auto nothing = [](auto) { return Tensor(); };
  CHECK(says_of_the_op<Error>([&] { saying(tape, {x}, {.forward = nothing}); }, "returned an empty tensor"));
  CHECK(says_of_the_op<Error>([&] { saying(tape, {x}, {.forward = nothing, .promises = Shape{3}}).value(); },
                              "returned an empty tensor"));
  CHECK(says_of_the_op<ShapeError>([&] { saying(tape, {x}, {.promises = Shape{4}}).value(); },
                                   "returned [3], it promised [4]"));
  CHECK(says_of_the_op<Error>(
      [&] {
        saying(tape, {x}, {.forward = [](auto inputs) {
                 Tensor y = inputs[0];
                 y.mutable_data()[0] = 5;
                 return y;
               }});
      },
      "changed an input in place"));
}

TEST_CASE("An op may give its input's own storage: gradients of several readers stay apart") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2}));
  const auto same = [](auto inputs) { return inputs[0]; };
  const Var y = saying(tape, {x}, {.forward = same}), z = saying(tape, {y}, {.forward = same});
  tape.backward(sum(x * 2 + y * 3 + z * z));
  CHECK(x.value().text() == "tensor([1., 1.])");
  CHECK(x.grad().text() == "tensor([7., 7.])");
}

TEST_CASE(
    "A backward that gives another shape, nothing, or the gradient of an input it has not is an error") {
  const auto backward = [](std::function<void(BackwardPass&)> f) {
    Tape tape;
    tape.backward(sum(saying(tape, {tape.variable(Tensor::ones({3}))}, {.backward = std::move(f)})));
  };
  CHECK(says_of_the_op<ShapeError>([&] { backward([](auto& pass) { pass.add(0, Tensor::ones({2})); }); },
                                   "gave a gradient [2] for input 0, which is [3]"));
  CHECK(says_of_the_op<ShapeError>([&] { backward([](auto& pass) { pass.add(0, Tensor()); }); },
                                   "gave a gradient [0]"));
  CHECK(says_of_the_op<Error>([&] { backward([](auto& pass) { pass.add(1, pass.dy()); }); },
                              "asks for input 1, it has 1"));
}

TEST_CASE(
    "An error of an op stays of its class, one of a program's own too, and gets the op's name and line") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}));
  const auto throwing = [&](auto error, std::optional<Shape> promises = {}) {
    saying(tape, {x}, {.forward = [=](auto) -> Tensor { throw error; }, .promises = promises}).value();
  };
  CHECK(says_of_the_op<FormatError>([&] { throwing(FormatError("no header")); }, ": no header"));
  CHECK(says_of_the_op<IoError>([&] { throwing(IoError("no such file")); }, ": no such file"));
  CHECK(says_of_the_op<IoError>([&] { throwing(IoError("no such file"), Shape{3}); }, ": no such file"));
  CHECK(says_of_the_op<QuotaError>([&] { throwing(QuotaError("disk full")); }, ": disk full"));
  CHECK(says_of_the_op<IoError>(
      [&] { tape.backward(sum(saying(tape, {x}, {.backward = [](auto&) { throw IoError("no log"); }}))); },
      ": no log"));
}

TEST_CASE("apply of no op is an error that says where") {
  Tape tape;
  const std::string message = error_of<Error>([&] { tape.apply(nullptr, {tape.input(Tensor::ones({1}))}); });
  CHECK(message.find("apply (test_op.cpp:") == 0);
  CHECK(message.find("null pointer") != std::string::npos);
}
