// Who takes the gradients of parameters instead of Parameter::grad.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

using Taken = std::vector<std::pair<std::string, Tensor>>;

// y = sum(a * (b * x + a) * a), and c, which is on the tape but not used
struct SinkCase {
  Parameter a{"a", Tensor::from({2}, {Scalar(0.3), Scalar(-1.7)})};
  Parameter b{"b", Tensor::from({2}, {Scalar(2.9), Scalar(0.11)})};
  Parameter c{"c", Tensor::ones({2})};
  Parameter frozen{.name = "frozen", .value = Tensor::ones({2}), .trainable = false};

  void run(TapeOptions options) {
    Tape tape(std::move(options));
    const Var x = tape.input(Tensor::from({2}, {Scalar(0.7), Scalar(5)}));
    const Var scaled = tape.parameter(b) * x;
    const Var inner = scaled + tape.parameter(a);
    tape.parameter(c);
    const Var twice = tape.parameter(a) * inner;
    const Var thrice = twice * tape.parameter(a);
    tape.backward(sum(thrice * tape.parameter(frozen)));
  }
};

}  // namespace

TEST_CASE("a gradient sink gets each parameter's gradient once, whole, with the bits of Parameter::grad") {
  SinkCase plain, sunk;
  plain.run({});
  Taken taken;
  sunk.run({.gradient_sink = [&](Parameter& p, const Tensor& g) { taken.emplace_back(p.name, g.clone()); }});
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].first == "a");  // its first leaf stands behind that of b
  CHECK(taken[1].first == "b");
  for (Index i = 0; i < 2; i++) {
    CHECK(taken[0].second.at(i) == plain.a.grad.at(i));
    CHECK(taken[1].second.at(i) == plain.b.grad.at(i));
  }
  for (const Parameter* parameter : {&sunk.a, &sunk.b, &sunk.c, &sunk.frozen})
    CHECK_FALSE(parameter->grad.defined());
}

TEST_CASE("a gradient comes as soon as nothing is added to it, before the ops in front of it run backward") {
  Parameter first{"first", Tensor::ones({2})}, second{"second", Tensor::ones({2})};
  std::vector<std::string> taken;
  Tape tape{{.gradient_sink = [&](Parameter& p, const Tensor&) {
    if (p.name == "first") throw Error("enough");
    taken.push_back(p.name);
  }}};
  const Var x = tape.input(Tensor::ones({2})) * tape.parameter(first);
  const Var loss = sum(exp(x) * tape.parameter(second));
  CHECK_THROWS_WITH_AS(tape.backward(loss), "enough", Error);
  CHECK(taken == std::vector<std::string>{"second"});
}

TEST_CASE("what stood in Parameter::grad before stays, and a tape's own gradients are there as ever") {
  Parameter p{"p", Tensor::from({2}, {2, 3})};
  p.grad = Tensor::from({2}, {10, 20});
  Tape tape{{.gradient_sink = [](Parameter&, const Tensor&) {}}};
  const Var leaf = tape.parameter(p), x = tape.variable(Tensor::from({2}, {5, 7}));
  tape.backward(sum(leaf * x));
  CHECK(p.grad.at(0) == 10);
  CHECK(p.grad.at(1) == 20);
  CHECK(leaf.grad().at(1) == 7);
  CHECK(x.grad().at(1) == 3);
}
