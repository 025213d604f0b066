#include <reel/core/tape_memory.h>

#include <array>

#include <doctest/doctest.h>

#include <reel/core/ops/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

Index bytes(Index elements) { return elements * static_cast<Index>(sizeof(Scalar)); }

Parameter ones(const Shape& shape) { return {.name = "weight", .value = Tensor::ones(shape)}; }

}  // namespace

TEST_CASE("A tape counts the bytes of a small network by purpose, before and after backward") {
  Parameter kernel = ones({4, 1, 3, 3}), scale = ones({4}), shift = ones({4}), weight = ones({10, 36});
  Tape tape;
  CHECK(tape.memory().total() == 0);
  const Var x = tape.input(Tensor::randn({2, 1, 8, 8}));
  const Var conv = conv2d(x, tape.parameter(kernel));  // [2,4,6,6]
  const Var norm = batch_norm2d(conv, tape.parameter(scale), tape.parameter(shift));
  const Var features = flatten(max_pool2d(relu(norm), 2));  // [2,4,3,3], the same storage as [2,36]
  const Var logits = linear(features, tape.parameter(weight));
  const std::array labels{3, 7};
  const Var loss = cross_entropy(logits, labels);

  const Index parameters = bytes(36 + 4 + 4 + 360);
  // The convolution, the relu with the normalisation in it, the pooling, the logits and the loss.
  const Index activations = bytes(288 + 288 + 72 + 20 + 1);
  const TapeMemory before = tape.memory();
  CHECK(before.parameters == parameters);
  CHECK(before.parameter_gradients == 0);
  CHECK(before.inputs == bytes(128));
  CHECK(before.activations == activations);
  CHECK(before.saved == bytes(4 + 4 + 4 + 20));  // mean, variance, its inverse root, softmax
  CHECK(before.gradients == 0);
  CHECK(before.total() == parameters + bytes(128) + activations + bytes(32));

  tape.backward(loss);
  const TapeMemory after = tape.memory();
  CHECK(after.parameter_gradients == parameters);
  CHECK(after.gradients == 0);
  CHECK(after.total() == before.total() + parameters);

  norm.value();  // computed now, beside the relu that passed it over
  CHECK(tape.memory().activations == activations + bytes(288));
}

TEST_CASE("A storage counts once, for the first node that has it") {
  Tape tape;
  const Tensor shared = Tensor::ones({6});
  const Var x = tape.variable(shared);
  const Var again = tape.input(shared);
  const Var view = reshape(x, {2, 3});
  CHECK(tape.memory().inputs == bytes(6));
  CHECK(tape.memory().activations == 0);
  tape.backward(sum(view) + sum(again));
  CHECK(tape.memory().inputs == bytes(6));
  CHECK(tape.memory().activations == bytes(3));
  CHECK(tape.memory().gradients == bytes(6));
}

TEST_CASE("What waits has no bytes, and asking does not compute it") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, 1, 4, 4})), w = tape.input(Tensor::ones({1, 1, 3, 3}));
  const Var y = conv2d(x, w);
  CHECK(tape.memory().activations == 0);
  CHECK(tape.memory().activations == 0);
  y.value();
  CHECK(tape.memory().activations == bytes(4));
}

TEST_CASE("A tape for inference keeps no saved tensors, one with keep_grads every gradient") {
  const auto run = [](Tape& tape) {
    const Var x = tape.variable(Tensor::randn({2, 5}));
    const Var y = layer_norm(x, tape.variable(Tensor::ones({5})), {});
    return sum(y * y);
  };
  Tape inference{{.record = false}};
  const Var result = run(inference);
  CHECK(inference.memory().saved == 0);
  CHECK(inference.memory().inputs == 0);
  CHECK(inference.memory().activations == bytes(1));  // the sum is all that can still be asked for
  Tape tape{{.keep_grads = true}};
  const Var loss = run(tape);
  CHECK(tape.memory().saved == bytes(2 + 2));
  tape.backward(loss);
  CHECK(tape.memory().gradients == bytes(10 + 5 + 10 + 10 + 1));
}

TEST_CASE("It prints as a table in MiB") {
  const TapeMemory memory{.parameters = 3 << 20, .activations = 5 << 19, .saved = 1 << 14};
  CHECK(fmt::format("{}", memory) ==
        "parameters                3.00 MiB\n"
        "parameter gradients       0.00 MiB\n"
        "inputs                    0.00 MiB\n"
        "activations               2.50 MiB\n"
        "saved by ops              0.02 MiB\n"
        "gradients                 0.00 MiB\n"
        "total                     5.52 MiB\n");
}
