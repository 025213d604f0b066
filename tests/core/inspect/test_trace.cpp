#include <reel/core/inspect/trace.h>

#include <doctest/doctest.h>

#include <algorithm>

#include <reel/layers/batch_norm2d.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/linear.h>

#include "compare_support.h"
#include "conv_lesson.h"
#include "gradcheck_support.h"

using namespace reel;
using inspect::Event;
using inspect::Trace;
using reel_test::ConvLesson;
using reel_test::uniform;

namespace {

std::vector<double> doubles(const Tensor& tensor) { return {tensor.values().begin(), tensor.values().end()}; }

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.values(), b.values());
}

// Ops of every kind that a replay could upset: batch statistics, a fork, one node as both inputs, dropout,
// pooling, and what waits to be computed with the op after it.
struct Network : Module {
  Conv2d& conv = add("conv", Conv2d{2, 4, 3, {.padding = 1}});
  BatchNorm2d& norm = add("norm", BatchNorm2d{4});
  Linear& fc = add("fc", Linear{36, 5});
  Var forward(Var x) override {
    x = relu(norm(conv(x)));
    x = max_pool2d(relu(x + avg_pool2d(x, 3, {.stride = 1, .padding = 1}).named("smooth")), 2);
    x = dropout(x * x, 0.25);
    return fc(flatten(x));
  }
};

const std::vector<int> kLabels = {1, 0, 4};

Var loss_of(Network& network, Tape& tape) {
  seed(5);  // dropout draws the same mask each time
  return cross_entropy(network(tape.variable(uniform({3, 2, 6, 6})).named("x")), kLabels);
}

// y = 2 x, and no word of why. Its backward uses up what forward saved.
class Silent : public Op {
 public:
  std::string_view name() const override { return "silent"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    factor_ = Tensor::full(inputs[0].shape(), 2);
    Tensor y = inputs[0].clone();
    for (Scalar& value : y.mutable_values()) value *= 2;
    return y;
  }
  void backward(BackwardPass& pass) override {
    Tensor dx = std::move(factor_);
    for (std::size_t i = 0; i < dx.values().size(); i++) dx.mutable_values()[i] *= pass.dy().values()[i];
    pass.add(0, dx);
  }

 private:
  Tensor factor_;
};

// The same, which counts how often it runs and explains its output.
struct Counting : Silent {
  int runs = 0;
  Tensor forward(std::span<const Tensor> inputs) override {
    runs++;
    return Silent::forward(inputs);
  }
  bool explain(Explain& e) const override {
    e.rule("", "x * 2");
    e.term({}, e.x(0, e.element()), Explain::number(2));
    return true;
  }
};

}  // namespace

TEST_CASE("A trace has the numbers of the lesson") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const auto value = [&](const char* name) { return doubles(trace.value(trace.find(name))); };
  const auto grad = [&](const char* name) { return doubles(trace.grad(trace.find(name))); };
  CHECK(value("loss") == std::vector<double>{15});
  CHECK(value("z") == std::vector<double>{-24, -8, 24, 40, 4, 4, 4, 4});
  CHECK(grad("z") == std::vector<double>{0, 0, 1, -1.5, 1, -1, 2, -3});
  CHECK(grad("b") == std::vector<double>{-0.5, -1});
  CHECK(grad("v") == std::vector<double>{-72, -4});
  CHECK(grad("c") == std::vector<double>{-1});
  const std::vector<double> dx = grad("x");
  CHECK(std::vector(dx.begin(), dx.begin() + 9) == std::vector<double>{1, -2, 1, 2, -3, 0.5, 2, 2, -7.5});
  CHECK(trace.grad(trace.find("w")).at(0, 1, 0, 1) == -4);
}

TEST_CASE("Events tell the step in order, and a time knows only what came before it") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  std::string story;
  for (const Event& event : trace.events()) {
    const auto& nodes = trace.nodes();
    switch (event.kind) {
      case Event::Kind::kLeaf:
        story += nodes[event.node].name + " ";
        break;
      case Event::Kind::kForward:
        story += "=" + nodes[event.node].name + " ";
        break;
      case Event::Kind::kSeed:
        story += "| d" + nodes[event.node].name + " ";
        break;
      case Event::Kind::kBackward:
        story += nodes[event.op].name + ">" + nodes[event.node].name + std::to_string(event.input) + " ";
    }
  }
  CHECK(story == "x w b =z =a v c =y input =loss | dloss loss>y0 y>a0 y>v1 y>c2 a>z0 z>x0 z>w1 z>b2 ");

  const std::size_t z = trace.find("z"), seed_time = trace.nodes().size();
  CHECK_FALSE(trace.value(z, z).defined());
  CHECK(trace.value(z, z + 1).defined());
  CHECK_FALSE(trace.grad(trace.loss(), seed_time).defined());
  CHECK(trace.grad(trace.loss(), seed_time + 1).item() == 1);
  const std::size_t given = trace.grad_events(z).at(0);
  CHECK_FALSE(trace.grad(z, given).defined());
  CHECK(trace.grad(z, given + 1).defined());
  CHECK_FALSE(trace.grad(trace.find("input")).defined());
}

TEST_CASE("A gradient of several ops grows by one contribution after another") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var square = x * x, exponential = exp(x);
  const Trace trace(tape, sum(square + exponential));
  const std::vector<std::size_t> events = trace.grad_events(trace.find("x"));
  REQUIRE(events.size() == 3);  // exp, and both sides of the product
  CHECK(trace.nodes()[trace.events()[events[0]].op].op == "exp");
  CHECK(doubles(trace.made(events[1])) == std::vector<double>{1, 2});
  CHECK(doubles(trace.made(events[2])) == std::vector<double>{1, 2});
  const double e = trace.number(events[0], 0);
  CHECK(trace.grad(trace.find("x"), events[1]).at(0) == static_cast<Scalar>(e));
  CHECK(trace.grad(trace.find("x"), events[2]).at(0) == static_cast<Scalar>(e) + 1);
  CHECK(trace.grad(trace.find("x")).at(0) == static_cast<Scalar>(e) + 1 + 1);
}

TEST_CASE("A trace has the bits of a tape that keeps all gradients") {
  seed(1);
  Network network;
  Tape kept{{.keep_grads = true}}, tape;
  const Var loss = loss_of(network, kept);
  kept.backward(loss);
  const Trace trace(tape, loss_of(network, tape));
  const std::vector<NodeInfo> nodes = kept.nodes();
  REQUIRE(nodes.size() == trace.nodes().size());
  for (std::size_t i = 0; i < nodes.size(); i++) {
    INFO(nodes[i].name);
    CHECK(nodes[i].name == trace.nodes()[i].name);
    CHECK(nodes[i].op == trace.nodes()[i].op);
    CHECK(nodes[i].input_positions == trace.nodes()[i].inputs);
    CHECK(nodes[i].reads.size() == trace.nodes()[i].reads.size());
    CHECK(same_bits(nodes[i].value, trace.value(i)));
    CHECK(nodes[i].grad.defined() == trace.grad(i).defined());
    if (nodes[i].grad.defined()) CHECK(same_bits(nodes[i].grad, trace.grad(i)));
  }
}

TEST_CASE("A trace, its branches and explanations leave no mark on the program") {
  std::vector<Tensor> gradients[2], statistics[2];
  for (const bool traced : {false, true}) {
    seed(1);
    Network network;
    Tape tape;
    const Var loss = loss_of(network, tape);
    const GeneratorState generator = generator_state();
    if (traced) {
      const Trace trace(tape, loss);
      for (const char* name : {"x", "conv.weight", "norm.batch_norm2d", "fc.linear"}) {
        CHECK(trace.with(trace.find(name), 3, 7).value(trace.loss()).item() != loss.item());
      }
      for (std::size_t i = 0; i < trace.events().size(); i++) trace.explain(i, 0, [](const Term&) {});
      for (const Parameter* parameter : network.parameters()) CHECK_FALSE(parameter->grad.defined());
      CHECK(generator_state() == generator);
    }
    tape.backward(loss);
    for (const Parameter* parameter : network.parameters()) gradients[traced].push_back(parameter->grad);
    for (const auto& [name, buffer] : network.buffers()) statistics[traced].push_back(buffer->clone());
  }
  for (std::size_t i = 0; i < gradients[0].size(); i++) CHECK(same_bits(gradients[0][i], gradients[1][i]));
  REQUIRE_FALSE(statistics[0].empty());
  for (std::size_t i = 0; i < statistics[0].size(); i++) CHECK(same_bits(statistics[0][i], statistics[1][i]));
}

TEST_CASE("A trace can be made after backward, and outlives a step of the optimiser") {
  seed(1);
  Network network;
  Tape tape;
  const Var loss = loss_of(network, tape);
  const Trace before(tape, loss);
  tape.backward(loss);
  const Trace after(tape, loss);
  CHECK(before.events().size() == after.events().size());
  for (std::size_t i = 0; i < before.events().size(); i++) CHECK(same_bits(before.made(i), after.made(i)));
  const std::size_t weight = before.find("conv.weight");
  const Tensor value = before.value(weight).clone();
  network.conv.weight.value.fill(0);
  CHECK(same_bits(before.value(weight), value));
  CHECK(same_bits(before.with(weight, 0, value.at(0, 0, 0, 0)).value(before.loss()),
                  before.value(before.loss())));
  CHECK(reel_test::error_of<Error>([&] { Trace(tape, loss); }).find("conv.weight") != std::string::npos);
}

TEST_CASE("A branch is the step with another number, batch statistics included") {
  seed(1);
  Network network;
  Tape tape, other;
  const Trace trace(tape, loss_of(network, tape));
  const Trace branch = trace.with(trace.find("x"), 5, 3);
  Tensor x = trace.value(trace.find("x")).clone();
  x.mutable_data()[5] = 3;
  seed(5);
  const Trace direct(other, cross_entropy(network(other.variable(x).named("x")), kLabels));
  REQUIRE(branch.events().size() == direct.events().size());
  for (std::size_t i = 0; i < branch.events().size(); i++) CHECK(same_bits(branch.made(i), direct.made(i)));
  CHECK(same_bits(trace.values_with({trace.find("x"), 5, 3}).at(trace.loss()), branch.value(trace.loss())));
  CHECK(branch.changes().size() == 1);
  CHECK(trace.changes().empty());
}

TEST_CASE("A number set in what an op computed is a constant") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = trace.find("z");
  const Trace branch = trace.with(z, 0, 10).with(z, 3, 0);
  CHECK(doubles(branch.value(z)) == std::vector<double>{10, -8, 24, 0, 4, 4, 4, 4});
  CHECK(doubles(branch.value(trace.find("y"))) == std::vector<double>{9, 4, 16, 4});
  CHECK(branch.grad(z).at(0, 0, 0, 0) == 1.75);    // what follows reads it:  (9 - 2) / 2 * 0.5
  CHECK(branch.grad(trace.find("b")).at(0) == 1);  // and neither reaches the bias
  CHECK(branch.why_zero(z, 0) == "set: a constant");
  CHECK(branch.is_set(z, 3));
  CHECK_FALSE(branch.is_set(z, 1));
  CHECK_FALSE(trace.is_set(z, 3));
  CHECK(doubles(branch.dy_of(z)) == std::vector<double>{0, 0, 1, 0, 3.5, -1, 2, -13});
  double sum = 0;
  const std::size_t to_bias = branch.grad_events(trace.find("b")).at(0);
  const auto explanation = branch.explain(to_bias, 0, [&](const Term& term) { sum += term.a.value; });
  REQUIRE(explanation);
  CHECK(explanation->sum == 1);
  CHECK(sum == 1);
}

TEST_CASE("why: the terms of dw[0,1,0,1]") {
  const ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t w = trace.find("w"), z = trace.find("z"), event = trace.grad_events(w).at(0);
  std::string table;
  const auto explanation = trace.explain(event, 5, [&](const Term& term) {
    CHECK(term.a.of == Factor::Of::kOutputGradient);
    CHECK(term.b.of == Factor::Of::kInput);
    CHECK(term.b.input == 0);
    table += fmt::format("{} {} {} | {} {} {} {}\n", term.loop[0], term.loop[1], term.loop[2], term.a.value,
                         term.b.value, term.product, trace.why_zero(z, term.a.index));
  });
  REQUIRE(explanation);
  CHECK(explanation->place == "input channel 1 -> output channel 0, kernel row 0, column 1");
  CHECK(explanation->formula == "sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]");
  CHECK(explanation->loop == std::vector<std::string>{"n", "i", "j"});
  CHECK(explanation->terms == 4);
  CHECK(explanation->sum == -4);
  CHECK(table ==
        "0 0 0 | 0 2 0 relu off (z = -24)\n"
        "0 0 1 | 0 3 0 relu off (z = -8)\n"
        "0 1 0 | 1 5 5 \n"
        "0 1 1 | -1.5 6 -9 \n");
}

TEST_CASE("Leaves, the seed and ops without an explanation explain nothing, and the trace goes on") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("x");
  const Var y = tape.apply(std::make_unique<Silent>(), {x}).named("y");
  const Var loss = sum(y);
  const Trace trace(tape, loss);
  const auto explains = [&](std::size_t event) {
    return trace.explain(event, 0, [](const Term&) {}).has_value();
  };
  CHECK_FALSE(explains(trace.value_event(x.index())));
  CHECK_FALSE(explains(trace.value_event(y.index())));
  CHECK_FALSE(explains(trace.grad_events(loss.index()).at(0)));
  CHECK(doubles(trace.grad(x.index())) == std::vector<double>{2, 2});
  CHECK(doubles(trace.with(x.index(), 0, 5).value(loss.index())) == std::vector<double>{14});
  tape.backward(loss);  // finds what its forward saved
  CHECK(doubles(x.grad()) == std::vector<double>{2, 2});
  CHECK(doubles(Trace(tape, loss).grad(x.index())) == std::vector<double>{2, 2});
}

TEST_CASE("find says what was meant, and which nodes share a name") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2})).named("weights");
  const Trace trace(tape, sum(exp(exp(x).named("y")).named("y")));
  CHECK(trace.find("weights") == 0);
  CHECK(trace.find("#2") == 2);
  CHECK(trace.called("y") == std::vector<std::size_t>{1, 2});
  CHECK(trace.called("#2") == std::vector<std::size_t>{2});
  CHECK(trace.called("#9").empty());
  const auto error = [&](const char* name) {
    return reel_test::error_of<Error>([&] { (void)trace.find(name); });
  };
  CHECK(error("wieghts") == "trace: nothing is called \"wieghts\"; did you mean \"weights\"?");
  CHECK(error("something else") == "trace: nothing is called \"something else\"");
  CHECK(error("#9") == "trace: nothing is called \"#9\"");
  const std::string ambiguous = error("y");
  for (const char* words : {"2 nodes are called \"y\"", "#1 exp (test_trace.cpp:", "#2 exp", "named(...)"}) {
    CHECK_MESSAGE(ambiguous.find(words) != std::string::npos, ambiguous);
  }
}

TEST_CASE("A trace says what it cannot replay") {
  Parameter w{.name = "w", .value = Tensor::from({2}, {1, 2})};
  Tape silent{{.record = false}}, tape;
  const auto error = [&](const Tape& on, Var loss) {
    return reel_test::error_of<Error>([&] { Trace(on, loss); });
  };
  const auto contains = [](const std::string& message, std::initializer_list<const char*> all) {
    for (const char* words : all) CHECK_MESSAGE(message.find(words) != std::string::npos, message);
  };
  contains(error(silent, sum(silent.parameter(w))), {"trace (test_trace.cpp:", "does not record", ".record"});
  const Var x = tape.input(Tensor::from({2}, {1, 2})), p = tape.parameter(w), y = x * p;
  contains(error(tape, sum(x)), {"no trainable parameter and no variable leads to sum"});
  contains(error(silent, sum(y)), {"another tape"});
  contains(error(tape, y), {"the loss is [2], one number is wanted", "sum(...)"});
  const Var loss = sum(y);
  w.value.mutable_data()[0] = 3;
  contains(error(tape, loss), {"the value of w, parameter", "changed in place", "before optimizer.step()"});
}

TEST_CASE("A value that the loss does not read has no gradient, set or not") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2}));
  const Var unread = x * Scalar(3);
  const Trace trace(tape, sum(x));
  CHECK_FALSE(trace.with(unread.index(), 0, 1).dy_of(unread.index()).defined());
}

TEST_CASE("A trace knows its nodes, events and elements, and that its tape is gone") {
  auto tape = std::make_unique<Tape>();
  const Var x = tape->variable(Tensor::from({2}, {1, 2})).named("x");
  const Trace trace(*tape, sum(relu(x)));
  CHECK_THROWS_WITH_AS((void)trace.number(0, 2), "trace: x is [2] and has 2 elements, there is no element 2",
                       ShapeError);
  CHECK_THROWS_AS((void)trace.with(0, -1, 0), ShapeError);
  CHECK_THROWS_WITH_AS((void)trace.value(3), "trace: there is no node 3, they are 0 to 2", Error);
  CHECK_THROWS_WITH_AS((void)trace.made(99), doctest::Contains("there is no event 99"), Error);
  tape.reset();
  CHECK(trace.grad(0).at(1) == 1);
  CHECK(trace.why_zero(0, 1) == "");
  CHECK_THROWS_WITH_AS((void)trace.with(0, 0, 5), doctest::Contains("the tape of this Var is gone"), Error);
  CHECK_THROWS_WITH_AS((void)trace.op(1), doctest::Contains("the tape of this Var is gone"), Error);
}

TEST_CASE("An explanation runs the op once, and once more where other numbers went through it") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {3, 4}));
  auto counting = std::make_unique<Counting>();
  const int& runs = counting->runs;
  const Var y = tape.apply(std::move(counting), {x});
  const Trace trace(tape, sum(y)), branch = trace.with(0, 0, 5);
  const auto runs_for = [&](const Trace& asked) {
    const int before = runs;
    (void)asked.explain(y.index(), 0, [](const Term&) {});
    return runs - before;
  };
  CHECK(runs_for(trace) == 1);
  CHECK(runs_for(branch) == 2);
}

TEST_CASE("A zero is told by the op that held the gradient back, not by those that let it through") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1, 1, 1, 3}, {-1, 2, 5})).named("x");
  const Var a = relu(x).named("a");
  const Trace trace(tape, sum(max_pool2d(a, {1, 3})));
  CHECK(trace.why_zero(x.index(), 0) == "relu off (x = -1)");
  CHECK(trace.why_zero(x.index(), 1) == "the largest of its window is a[0,0,0,2] = 5");
  CHECK(trace.why_zero(x.index(), 2) == "");
}

namespace {

// y = x, whose shape changes when it is run again.
class MoodyOp : public Op {
 public:
  std::string_view name() const override { return "moody"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    return runs_++ == 0 ? inputs[0].clone() : inputs[0].clone().reshape({1, -1});
  }
  void backward(BackwardPass& pass) override { pass.add(0, pass.dy()); }

 private:
  int runs_ = 0;
};

}  // namespace

TEST_CASE("A trace refuses an op whose replay has another shape") {
  Tape tape;
  const Var y = tape.apply(std::make_unique<MoodyOp>(), {tape.variable(Tensor::ones({3}))});
  const Var loss = sum(y);
  CHECK_THROWS_WITH_AS(Trace(tape, loss), doctest::Contains("returned [1,3] when it was replayed, [3] when"),
                       ShapeError);
}
