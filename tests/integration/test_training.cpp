// What only a whole training step shows: it learns, it asks the system for no memory, its bits ignore the
// threads.
#include <doctest/doctest.h>
#include <reel/reel.h>

#include "lenet.h"

using namespace reel;
using reel_test::LeNet;

namespace {

Scalar step(Module& net, Optimizer& optimizer, const Batch& batch) {
  Tape tape;
  const Var loss = cross_entropy(net(tape.input(batch.images)), batch.labels);
  optimizer.zero_grad();
  tape.backward(loss);
  optimizer.step();
  return loss.item();
}

Batch digits(Index count) {
  const GeneratedDigits dataset{count, 7};
  Loader loader{dataset, {.batch = count}};
  return *loader.begin();
}

// The weights after a few steps with `threads` threads.
std::vector<Scalar> train_with(int threads) {
  const int before = num_threads();
  set_num_threads(threads);
  seed(3);
  LeNet net;
  Adam adam{net.parameters(), {.lr = 1e-3}};
  const Batch batch = digits(64);
  for (int i = 0; i < 5; i++) step(net, adam, batch);
  set_num_threads(before);
  std::vector<Scalar> weights;
  for (const Parameter* p : net.parameters()) {
    const auto values = p->value.values();
    weights.insert(weights.end(), values.begin(), values.end());
  }
  return weights;
}

}  // namespace

TEST_CASE("LeNet learns one batch of generated digits by heart") {
  seed(1);
  LeNet net;
  Adam adam{net.parameters(), {.lr = 3e-3}};
  const Batch batch = digits(64);
  const Scalar first = step(net, adam, batch);
  Scalar last = first;
  for (int i = 0; i < 60; i++) last = step(net, adam, batch);
  CHECK(first > 2);
  CHECK(last < Scalar(0.05));
}

TEST_CASE("A steady training step takes every tensor from the pool") {
  LeNet net;
  SGD sgd{net.parameters(), {.lr = 0.01, .momentum = 0.9}};
  const Batch batch = digits(32);
  for (int i = 0; i < 3; i++) step(net, sgd, batch);
  const Index before = memory_stats().system_calls;
  for (int i = 0; i < 5; i++) step(net, sgd, batch);
  CHECK(memory_stats().system_calls == before);
}

TEST_CASE("Training gives the same bits at one, two and four threads") {
  const std::vector<Scalar> one = train_with(1);
  CHECK(train_with(2) == one);
  CHECK(train_with(4) == one);
}
