#include <reel/core/tape.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/detail/tape_node.h>
#include <reel/core/error.h>
#include <reel/core/memory.h>
#include <reel/core/ops/ops.h>

#include "failing_new.h"

using namespace reel;

namespace {

// y = 2 x, and whatever backward does.
class CustomOp : public Op {
 public:
  explicit CustomOp(std::function<void(BackwardPass&)> backward) : backward_(std::move(backward)) {}
  std::string_view name() const override { return "custom"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = inputs[0].clone();
    for (Scalar& value : y.mutable_values()) value *= 2;
    return y;
  }
  void backward(BackwardPass& pass) override { backward_(pass); }

 private:
  std::function<void(BackwardPass&)> backward_;
};

Var custom(Var x, std::function<void(BackwardPass&)> backward) {
  return x.tape().apply(std::make_unique<CustomOp>(std::move(backward)), {x});
}

// An op whose author forgot the result.
class EmptyOp : public Op {
 public:
  std::string_view name() const override { return "forgetful"; }
  Tensor forward(std::span<const Tensor>) override { return {}; }
  void backward(BackwardPass&) override {}
};

Tensor three() { return Tensor::from({3}, {1, 2, 3}); }

}  // namespace

TEST_CASE("Gradients flow to variables and parameters, and not to inputs") {
  Parameter w{.name = "w", .value = three()};
  Tape tape;
  const Var x = tape.variable(three()), c = tape.input(three());
  tape.backward(sum(x * tape.parameter(w) * c));
  CHECK(x.grad().text() == "tensor([1., 4., 9.])");
  CHECK(w.grad.text() == "tensor([1., 4., 9.])");
  CHECK_THROWS_WITH_AS(c.grad(), doctest::Contains("wants no gradient"), Error);
}

TEST_CASE("Backward adds to the gradient of a parameter") {
  Parameter w{.name = "w", .value = three()};
  for (int step = 0; step < 2; step++) {
    Tape tape;
    tape.backward(sum(tape.parameter(w) * 3));
  }
  CHECK(w.grad.text() == "tensor([6., 6., 6.])");
}

TEST_CASE("A later tape leaves the gradients of an earlier one that lives as they are") {
  Parameter p{"p", Tensor::from({1}, {2}), {}, true};
  Tape first;
  const Var x = first.parameter(p);
  first.backward(sum(x * Scalar(3)));
  Tape second;
  second.backward(sum(second.parameter(p) * Scalar(4)));
  CHECK(x.grad().item() == 3);
  CHECK(p.grad.item() == 7);
}

TEST_CASE("A value used several times collects all its gradients") {
  Tape tape;
  const Var x = tape.variable(three());
  const Var y = x * 2;
  tape.backward(sum(y + y * y + reshape(y, {3}) + x));
  CHECK(x.grad().text() == "tensor([13., 21., 29.])");  // 2 (1 + 2 y + 1) + 1
}

TEST_CASE("A parameter recorded twice on a tape collects both gradients") {
  Parameter w{.name = "w", .value = three()};
  Tape tape;
  const Var a = tape.parameter(w), b = tape.parameter(w);
  tape.backward(sum(a * 2 + b * 3));
  CHECK(w.grad.text() == "tensor([5., 5., 5.])");
}

TEST_CASE("Each leaf of a parameter shows its own share of the gradient") {
  Parameter w{.name = "w", .value = three()};
  Tape tape;
  const Var a = tape.parameter(w), b = tape.parameter(w), c = tape.parameter(w);
  tape.backward(sum(a * 2 + b * 3 + c * 4));
  CHECK(a.grad().text() == "tensor([2., 2., 2.])");
  CHECK(b.grad().text() == "tensor([3., 3., 3.])");
  CHECK(tape.nodes()[c.index()].grad.text() == "tensor([4., 4., 4.])");
  CHECK(w.grad.text() == "tensor([9., 9., 9.])");
}

TEST_CASE("In a steady training step a parameter takes the tape's gradient without a copy") {
  Parameter w{.name = "w", .value = three()};
  Tape tape;
  const Var v = tape.parameter(w);
  tape.backward(sum(v * v));
  CHECK(w.grad.shares_storage(v.grad()));
}

TEST_CASE("A backward that fails to deliver leaves every parameter's gradient as it was") {
  Parameter first{.name = "first", .value = three()}, second{.name = "second", .value = three()};
  second.grad = Tensor::zeros({2});
  Tape tape;
  const Var loss = sum(tape.parameter(first) * tape.parameter(second));
  CHECK_THROWS_WITH_AS(tape.backward(loss), doctest::Contains("its grad was set to [2]"), ShapeError);
  CHECK_FALSE(first.grad.defined());
}

TEST_CASE("Reading a weight between forward and backward is no change") {
  Parameter w{.name = "w", .value = three()};
  Tape tape;
  const Var v = tape.parameter(w), loss = sum(v * v);
  CHECK(w.value.at(0) + w.value.values()[1] + w.value.data()[2] == 6);
  tape.backward(loss);
  CHECK(w.grad.text() == "tensor([2., 4., 6.])");
}

TEST_CASE("Backward from y with a given dy") {
  Tape tape;
  const Var x = tape.variable(three());
  const Tensor dy = Tensor::from({3}, {1, 10, 100});
  tape.backward(x * x, dy);
  CHECK(x.grad().text() == "tensor([  2.,  40., 600.])");
  CHECK(dy.text() == "tensor([  1.,  10., 100.])");
}

TEST_CASE("Backward from a leaf is dy itself, in storage of the parameter's own") {
  Parameter w{.name = "w", .value = three()};
  const Tensor dy = three();
  Tape tape;
  tape.backward(tape.parameter(w), dy);
  CHECK(w.grad.text() == dy.text());
  CHECK_FALSE(w.grad.shares_storage(dy));
}

TEST_CASE("Only what leads to the loss gets a gradient; other variables have zeros") {
  Parameter unused{.name = "unused", .value = three()};
  Tape tape;
  const Var x = tape.variable(three()), other = tape.variable(three());
  tape.parameter(unused);
  const Var loss = sum(x);
  (void)(other * 2);
  tape.backward(loss);
  CHECK(other.grad().text() == "tensor([0., 0., 0.])");
  CHECK_FALSE(unused.grad.defined());
}

TEST_CASE("A parameter that is not trainable gets no gradient, and its op is not asked for one") {
  Parameter frozen{.name = "frozen", .value = three(), .trainable = false};
  Tape tape;
  const Var x = tape.variable(three());
  bool called = false;
  const Var y = custom(tape.parameter(frozen), [&](BackwardPass&) { called = true; });
  tape.backward(sum(x * y));
  CHECK_FALSE(frozen.grad.defined());
  CHECK_FALSE(called);
  CHECK(x.grad().text() == "tensor([2., 4., 6.])");
}

TEST_CASE("Nothing to differentiate is an error") {
  Tape tape;
  const Var y = sum(tape.input(three()));
  CHECK_THROWS_WITH_AS(tape.backward(y),
                       doctest::Contains("no trainable parameter and no variable leads to sum"), Error);
}

TEST_CASE("Backward runs once per tape") {
  Tape tape;
  const Var loss = sum(tape.variable(three()));
  tape.backward(loss);
  CHECK_THROWS_WITH_AS(tape.backward(loss), doctest::Contains("backward has already run on this tape"),
                       Error);
}

TEST_CASE("Nothing is recorded after backward") {
  Tape tape;
  const Var loss = sum(tape.variable(three()));
  tape.backward(loss);
  CHECK_THROWS_WITH_AS(relu(loss), doctest::Contains("relu (test_tape.cpp:"), Error);
  CHECK_THROWS_WITH_AS(loss + loss, doctest::Contains("record the next step on a new Tape"), Error);
}

TEST_CASE("Backward starts from one number, or with a dy of y's shape") {
  Tape tape;
  const Var x = tape.variable(three());
  CHECK_THROWS_WITH_AS(tape.backward(x),
                       doctest::Contains("the loss is [3], a gradient starts from one number"), ShapeError);
  CHECK_THROWS_WITH_AS(tape.backward(x, Tensor::ones({2})), doctest::Contains("dy is [2], y is [3]"),
                       ShapeError);
  tape.backward(x, Tensor::ones({3}));  // the errors left the tape as it was
  CHECK(x.grad().text() == "tensor([1., 1., 1.])");
}

TEST_CASE("An empty Var is an error wherever it is used") {
  const Var none;
  Tape tape;
  CHECK_FALSE(none.defined());
  CHECK_THROWS_WITH_AS(none.value(), doctest::Contains("value (test_tape.cpp:"), Error);
  CHECK_THROWS_WITH_AS(relu(none), doctest::Contains("an empty Var was given"), Error);
  CHECK_THROWS_WITH_AS(tape.input(three()) + none, doctest::Contains("an empty Var was given"), Error);
  CHECK_THROWS_AS(tape.backward(none), Error);
}

TEST_CASE("A Var whose tape is gone is an error, also after a new tape took its place") {
  std::optional<Tape> tape(std::in_place);
  const Var x = tape->variable(three());
  tape.reset();
  CHECK_THROWS_WITH_AS(x.value(), doctest::Contains("the tape of this Var is gone"), Error);
  tape.emplace();
  const Var y = tape->variable(three());
  CHECK_THROWS_WITH_AS(x.value(), doctest::Contains("the tape of this Var is gone"), Error);
  CHECK_THROWS_WITH_AS(add(y, x), doctest::Contains("add (test_tape.cpp:"), Error);
  CHECK(y.defined());
}

TEST_CASE("A Var of another tape is an error") {
  Tape one, two;
  const Var x = one.variable(three()), y = two.variable(three());
  CHECK_THROWS_WITH_AS(x + y, doctest::Contains("a Var of another tape was given"), Error);
  CHECK_THROWS_WITH_AS(one.backward(sum(y)), doctest::Contains("a Var of another tape was given"), Error);
}

TEST_CASE("An undefined tensor is no leaf, and an absent parameter is an empty Var") {
  Tape tape;
  CHECK_THROWS_WITH_AS(tape.input(Tensor()), doctest::Contains("the tensor is empty"), Error);
  Parameter p{.name = "p", .value = Tensor()};
  CHECK_FALSE(tape.parameter(p).defined());
  CHECK(tape.nodes().empty());
}

TEST_CASE("Backward refuses an input that changed in place since, and names the op") {
  Tensor a = three();
  Tape tape;
  const Var x = tape.variable(a), y = tape.variable(three());
  const Var loss = sum(x * y);
  a.set(0, 5);
  CHECK_THROWS_WITH_AS(tape.backward(loss),
                       doctest::Contains("backward reads its input 0 [3], which was changed in place"),
                       Error);
}

TEST_CASE("Backward refuses an output that changed in place since, and names the op") {
  Tape tape;
  const Var y = exp(tape.variable(three()));
  Tensor shared = y.value();
  shared.fill(0);
  const auto backward = [&] { tape.backward(sum(y)); };
  CHECK_THROWS_WITH_AS(backward(), doctest::Contains("exp (test_tape.cpp:"), Error);
}

TEST_CASE("A change in place that backward never reads is allowed") {
  Tensor a = three();
  Tape tape;
  const Var x = tape.variable(a);
  const Var loss = sum(relu(reshape(x + x, {3, 1}) * 3 - 1));
  a.set(0, 5);
  tape.backward(loss);
  CHECK(x.grad().text() == "tensor([6., 6., 6.])");
}

TEST_CASE("After a failing backward the tape and the parameters are as before it") {
  Parameter w{.name = "w", .value = three(), .grad = three()};
  Tape tape;
  const Var v = tape.parameter(w);
  bool fails = true;
  const Var y = custom(v, [&](BackwardPass& pass) {
    if (fails) throw std::runtime_error("custom failure");
    pass.add(0, pass.dy());
  });
  const Var loss = sum(y + v * 3);
  CHECK_THROWS_WITH(tape.backward(loss), "custom failure");
  CHECK(w.grad.text() == "tensor([1., 2., 3.])");
  CHECK_THROWS_WITH_AS(v.grad(), doctest::Contains("has no gradient yet"), Error);
  fails = false;
  tape.backward(loss);
  CHECK(w.grad.text() == "tensor([5., 6., 7.])");
}

TEST_CASE("Leaves that get the same gradient do not share its elements") {
  const Tensor dy = three();
  Tape tape;
  const Var a = tape.variable(three()), b = tape.variable(three());
  tape.backward(a + b, dy);
  a.grad().fill(0);
  CHECK(b.grad().text() == "tensor([1., 2., 3.])");
  CHECK(dy.text() == "tensor([1., 2., 3.])");
}

TEST_CASE("A parameter's gradient of another shape is an error before any is touched") {
  Parameter good{.name = "good", .value = three(), .grad = three()};
  Parameter bad{.name = "bad", .value = three(), .grad = Tensor::zeros({2})};
  Tape tape;
  const Var loss = sum(tape.parameter(good) + tape.parameter(bad));
  CHECK_THROWS_WITH_AS(tape.backward(loss),
                       doctest::Contains("parameter \"bad\" is [3], its grad was set to [2]"), ShapeError);
  CHECK(good.grad.text() == "tensor([1., 2., 3.])");
}

TEST_CASE("A user's own op is recorded with tape.apply") {
  Tape tape;
  const Var x = tape.variable(three());
  const Var y = custom(x, [](BackwardPass& pass) {
    Tensor dx = pass.dy().clone();
    for (Scalar& value : dx.mutable_values()) value *= 2;
    pass.add(0, dx);
  });
  CHECK(y.value().text() == "tensor([2., 4., 6.])");
  tape.backward(sum(y * y));
  CHECK(x.grad().text() == "tensor([ 8., 16., 24.])");
}

TEST_CASE("A gradient of the wrong shape is an error that names the op") {
  Tape tape;
  const Var y = custom(tape.variable(three()), [](BackwardPass& pass) { pass.add(0, Tensor::ones({2})); });
  const Var loss = sum(y);
  CHECK_THROWS_WITH_AS(tape.backward(loss), doctest::Contains("custom (test_tape.cpp:"), ShapeError);
}

TEST_CASE("A backward that asks for an input the op does not have is an error that names the op") {
  for (const int what : {0, 1, 2}) {
    Tape tape;
    const Var y = custom(tape.variable(three()), [what](BackwardPass& pass) {
      if (what == 0) pass.input(1);
      if (what == 1) pass.wants(1);
      if (what == 2) pass.add(1, three());
    });
    const Var loss = sum(y);
    CHECK_THROWS_WITH_AS(tape.backward(loss), doctest::Contains("its backward asks for input 1, it has 1"),
                         Error);
  }
}

TEST_CASE("A forward without a result is an error that names the op") {
  Tape tape;
  const Var x = tape.input(three());
  CHECK_THROWS_WITH_AS(tape.apply(std::make_unique<EmptyOp>(), {x}),
                       doctest::Contains("forgetful (test_tape.cpp:"), Error);
  CHECK(tape.nodes().size() == 1);
}

TEST_CASE(
    "An Error of a forward gets the op's name and line, another exception passes, neither is recorded") {
  class FailingOp : public EmptyOp {
   public:
    explicit FailingOp(bool known) : known_(known) {}
    Tensor forward(std::span<const Tensor>) override {
      if (known_) throw ShapeError("wants more");
      throw std::runtime_error("unknown");
    }

   private:
    bool known_;
  };
  Tape tape;
  const Var x = tape.variable(three());
  CHECK_THROWS_WITH_AS(tape.apply(std::make_unique<FailingOp>(true), {x}),
                       doctest::Contains("forgetful (test_tape.cpp:"), ShapeError);
  CHECK_THROWS_WITH(tape.apply(std::make_unique<FailingOp>(false), {x}), "unknown");
  CHECK(tape.nodes().size() == 1);
  tape.backward(sum(x * x));
  CHECK(x.grad().text() == "tensor([2., 4., 6.])");
}

TEST_CASE("A forward may record on the tape itself") {
  class NestedOp : public Op {
   public:
    explicit NestedOp(Tape& tape) : tape_(tape) {}
    std::string_view name() const override { return "nested"; }
    Tensor forward(std::span<const Tensor> inputs) override {
      return (tape_.input(inputs[0]) * tape_.input(three())).value();
    }
    void backward(BackwardPass& pass) override { pass.add(0, three()); }

   private:
    Tape& tape_;
  };
  Tape tape;
  const Var x = tape.variable(three());
  tape.backward(sum(tape.apply(std::make_unique<NestedOp>(tape), {x})));
  CHECK(x.grad().text() == "tensor([1., 2., 3.])");
}

TEST_CASE("A tape that does not record computes values and refuses backward") {
  Parameter w{.name = "w", .value = three()};
  Tape tape{{.record = false}};
  const Var v = tape.parameter(w);
  const Var y = sum(v * 2);
  CHECK(y.item() == 12);
  CHECK_THROWS_WITH_AS(tape.backward(y), doctest::Contains("this tape does not record"), Error);
  CHECK_THROWS_WITH_AS(v.grad(), doctest::Contains("does not record"), Error);
  CHECK_FALSE(w.grad.defined());
}

TEST_CASE("Only leaves keep their gradient, unless the tape keeps them all") {
  {
    Tape tape;
    const Var x = tape.variable(three());
    const Var y = x * 2;
    CHECK_THROWS_WITH_AS(x.grad(), doctest::Contains("call tape.backward(loss) first"), Error);
    tape.backward(sum(y * y));
    CHECK_THROWS_WITH_AS(y.grad(), doctest::Contains("keep_grads = true"), Error);
  }
  Tape tape{{.keep_grads = true}};
  const Var x = tape.variable(three());
  const Var y = x * 2;
  const Var z = y + y, unused = x * 5;
  tape.backward(sum(z * z));
  CHECK(z.grad().text() == "tensor([ 8., 16., 24.])");
  CHECK(y.grad().text() == "tensor([16., 32., 48.])");
  CHECK(x.grad().text() == "tensor([32., 64., 96.])");
  CHECK(unused.grad().text() == "tensor([0., 0., 0.])");
}

TEST_CASE("No gradient flows through detach") {
  Tape tape;
  const Var x = tape.variable(three());
  const Var d = (x * 2).detach();
  CHECK(d.value().text() == "tensor([2., 4., 6.])");
  tape.backward(sum(x * d));
  CHECK(x.grad().text() == "tensor([2., 4., 6.])");
}

TEST_CASE("A Var shows the shape and value of its node") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(6).reshape({2, 3}));
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dim() == 2);
  CHECK(x.size(-1) == 3);
  CHECK(x.numel() == 6);
  CHECK_THROWS_WITH_AS(x.item(), doctest::Contains("item (test_tape.cpp:"), ShapeError);
  CHECK(&x.tape() == &tape);
}

TEST_CASE("nodes() lists the tape in execution order, with names, inputs, scopes and lines") {
  Parameter weight{.name = "weight", .value = three()}, nameless{.name = "", .value = three()};
  Tape tape;
  const Var x = tape.input(three());
  Var y, z;
  const int line = __LINE__ + 3;
  {
    const Scope scope("fc1", {}, Scope::Lines::kOwnLine);
    y = mul(x, tape.parameter(weight));
    z = mul(y, tape.parameter(nameless));
  }
  const Var loss = sum(relu(relu(z)).named("out"));
  const std::vector<NodeInfo> nodes = tape.nodes();
  std::vector<std::string> names;
  for (const NodeInfo& node : nodes) names.push_back(node.name);
  CHECK(names == std::vector<std::string>{"input", "fc1.weight", "fc1.mul", "fc1.parameter", "fc1.mul2",
                                          "relu", "out", "sum"});
  CHECK(nodes[2].op == "mul");
  CHECK(nodes[2].scope == "fc1");
  CHECK(nodes[2].where.text() == "test_tape.cpp:" + std::to_string(line));
  CHECK(nodes[2].value.shares_storage(y.value()));
  REQUIRE(nodes[2].inputs.size() == 2);
  CHECK(nodes[2].inputs[0].index() == 0);
  CHECK(nodes[2].inputs[1].index() == 1);
  CHECK(nodes[7].var.index() == loss.index());
  CHECK(nodes[6].op == "relu");
}

TEST_CASE("Errors name the scope of the op") {
  Tape tape;
  const Var a = tape.input(Tensor::ones({2})), b = tape.input(Tensor::ones({3}));
  const Scope scope("block", {}, Scope::Lines::kOwnLine);
  CHECK_THROWS_WITH_AS(add(a, b), doctest::Contains("add \"block\" (test_tape.cpp:"), ShapeError);
}

TEST_CASE("Each thread may have a tape of its own") {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int id = 1; id <= 4; id++) {
    threads.emplace_back([id, &right] {
      for (int step = 0; step < 100; step++) {
        Parameter w{.name = "w", .value = Tensor::full({50}, static_cast<Scalar>(id))};
        Tape tape;
        const Var v = tape.parameter(w);
        tape.backward(sum(v * v));
        if (w.grad.at(49) == static_cast<Scalar>(2 * id)) right++;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 400);
}

TEST_CASE("Several threads may add to the gradient of one parameter") {
  Parameter w{.name = "w", .value = Tensor::ones({50})};
  std::vector<std::thread> threads;
  for (int id = 0; id < 4; id++) {
    threads.emplace_back([&w] {
      for (int step = 0; step < 200; step++) {
        Tape tape;
        tape.backward(sum(tape.parameter(w)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(w.grad.at(49) == 800);
}

TEST_CASE(
    "The generations of a slot do not wrap, are never an empty Var's, and are odd where Vars are counted") {
  std::uint64_t generation = 0;
  for (const std::uint64_t previous :
       {std::uint64_t{0}, std::uint64_t{0xfffffffe}, std::uint64_t{0xffffffff}}) {
    for (const bool counts : {false, true}) {
      generation = detail::next_generation(previous, counts);
      CHECK(generation > previous);
      CHECK(generation % 2 == (counts ? 1 : 0));
    }
  }
  CHECK(generation > 0xffffffff);
}

TEST_CASE("An inference holds no more than its largest live values") {
  constexpr Index kElements = 1 << 16, kBytes = kElements * static_cast<Index>(sizeof(Scalar));
  const Tensor images = Tensor::full({kElements}, Scalar(0.5));
  const Index before = memory_stats().bytes_in_use;
  Index most = 0;
  const auto look = [&](const Var& x) {
    CHECK(x.shape() == images.shape());
    most = std::max(most, memory_stats().bytes_in_use - before);
  };
  SUBCASE("a chain: the last result") {
    Tape tape({.record = false});
    Var x = tape.input(images);
    for (int i = 0; i < 20; i++) {
      x = sigmoid(x);
      look(x);
    }
    CHECK(most < 2 * kBytes);
  }
  SUBCASE("a residual chain: what is added in the end stays till then") {
    const auto net = [&](Tape& tape) {
      Var x = tape.input(images);
      for (int i = 0; i < 20; i++) {
        const Var y = tanh(sigmoid(x));
        look(y);
        x = relu(x + y);
      }
      return x.value().at(7);
    };
    Tape inference({.record = false}), training;
    const Scalar result = net(inference);
    CHECK(most < 3 * kBytes);
    CHECK(result == net(training));
  }
  SUBCASE("what waits holds its inputs, and goes uncomputed when nobody can ask for it") {
    Tape tape({.record = false});
    Var x = tape.input(images);
    const Var twice = x + x;
    x = Var();
    tape.input(images) + tape.input(images);
    CHECK(tape.memory().total() == kBytes);
    CHECK(exp(twice).shape() == images.shape());
    CHECK(tape.memory().inputs == 0);
    for (const NodeInfo& node : tape.nodes())
      CHECK(node.value.defined() == (node.var.index() == twice.index()));
    CHECK(twice.value().at(0) == 1);
  }
}

TEST_CASE("A value that was given out stays, on a tape that does not record too") {
  Tape tape({.record = false});
  const Tensor& y = exp(tape.input(Tensor::zeros({2}))).value();
  for (int i = 0; i < 3; i++) exp(tape.input(Tensor::full({2}, 3)));
  CHECK(y.text() == "tensor([1., 1.])");
  CHECK(tape.nodes()[1].value.defined());
}

TEST_CASE("Asking for a value that is gone says how to keep it") {
  Tape tape({.record = false});
  const Shape shape = exp(tape.input(three())).shape();
  const std::vector<NodeInfo> nodes = tape.nodes();
  CHECK(nodes[1].op == "exp");
  CHECK(nodes[1].var.shape() == shape);
  CHECK_FALSE(nodes[1].value.defined());
  CHECK_THROWS_WITH_AS(nodes[1].var.value(), doctest::Contains("keep the Var"), Error);
  CHECK_THROWS_WITH_AS(relu(nodes[1].var), doctest::Contains("keep the Var"), Error);
}

TEST_CASE("Copies, moves and assignments of a Var keep its value; a moved-from Var is empty") {
  Tape tape({.record = false});
  std::vector<Var> vars(3, exp(tape.input(Tensor::zeros({2}))));
  Var moved = std::move(vars[0]);
  CHECK_FALSE(vars[0].defined());  // NOLINT(bugprone-use-after-move): what is tested
  vars.erase(vars.begin(), vars.begin() + 2);
  vars[0] = vars.front();
  moved = Var();
  CHECK(sigmoid(vars[0]).shape() == Shape{2});
  CHECK(vars[0].value().text() == "tensor([1., 1.])");
  const Var detached = exp(vars[0]).detach();
  CHECK(detached.value().defined());
  Var survivor;
  {
    Tape other({.record = false});
    survivor = other.input(three());
  }
  CHECK_THROWS_WITH_AS(survivor.value(), doctest::Contains("the tape of this Var is gone"), Error);
}

TEST_CASE("Too many living tapes are an error, and tapes work again afterwards") {
  std::vector<std::unique_ptr<Tape>> tapes;
  const auto make_many = [&] {
    for (int i = 0; i < 5000; i++) tapes.push_back(std::make_unique<Tape>());
  };
  CHECK_THROWS_WITH_AS(make_many(), doctest::Contains("a tape should die with its step"), Error);
  tapes.clear();
  Tape tape;
  CHECK(tape.input(three()).numel() == 3);
}

TEST_CASE("A tape that there is no memory for takes no place among those that live") {
  int failures = 0;
  for (int i = 0; i < 5000; i++) {  // more than may live
    reel_test::fail_new_after(0);
    try {
      const Tape tape;
      reel_test::fail_new_after(-1);
    } catch (const std::bad_alloc&) {
      reel_test::fail_new_after(-1);
      failures++;
    }
  }
  CHECK(failures == 5000);
  const Tape tape;
  CHECK(tape.nodes().empty());
}

TEST_CASE("Where there is no memory for a node, none is recorded") {
  const Scope scope("a_name_that_is_too_long_to_stand_within_the_string", {}, Scope::Lines::kOwnLine);
  const Tensor one = Tensor::ones({1});
  for (const bool record : {true, false}) {
    std::optional<Tape> tape;
    Var a, b;
    const auto is_as_before = [&] {
      const std::vector<NodeInfo> nodes = tape->nodes();
      return nodes.size() == 2 && nodes[1].op == "input" && !nodes[1].scope.empty();
    };
    const auto prepare = [&] {
      tape.emplace(TapeOptions{.record = record});
      a = tape->input(one);
      b = tape->input(one);
    };
    CHECK(reel_test::count_failed_allocations(
              prepare, [&] { tape->input(one); }, is_as_before) > 0);
    CHECK(reel_test::count_failed_allocations(
              prepare, [&] { a + b; }, is_as_before) > 0);
    CHECK(reel_test::count_failed_allocations(
              prepare, [&] { exp(a); }, is_as_before) > 0);
  }
}
