#include <cmath>
#include <cstdint>
#include <limits>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/layers/activations.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dropout.h>
#include <reel/layers/linear.h>
#include <reel/layers/module.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "../close.h"
#include "../compare_support.h"

using namespace reel;

namespace {

struct Block : Module {
  Linear& fc = add("fc", Linear{3, 2});
  Parameter& gain = add_parameter("gain", Tensor::ones({2}));
  Var forward(Var x) override { return fc(x) * x.tape().parameter(gain); }
};

struct Net : Module {
  Block& block = add("block", Block{});
  BatchNorm2d& bn = add("bn", BatchNorm2d{2});
  Var forward(Var x) override { return bn(block(x)); }
};

// Offers the protected functions to the tests.
struct Open : Module {
  using Module::add;
  using Module::add_buffer;
  using Module::add_counter;
  using Module::add_parameter;
  Var forward(Var x) override { return x; }
};

std::vector<std::string> names_of(const auto& list) {
  std::vector<std::string> names;
  for (const auto& item : list) names.push_back(item.first);
  return names;
}

}  // namespace

TEST_CASE("A module lists its parameters, buffers and state by path") {
  Net net;
  CHECK(names_of(net.named_parameters()) ==
        std::vector<std::string>{"block.gain", "block.fc.weight", "block.fc.bias", "bn.weight", "bn.bias"});
  CHECK(net.parameters().size() == 5);
  CHECK(net.parameters()[1] == &net.block.fc.weight);
  CHECK(names_of(net.buffers()) == std::vector<std::string>{"bn.running_mean", "bn.running_var"});
  CHECK(net.children() == std::vector<ModuleBase*>{&net.block, &net.bn});
  CHECK(net.state().tensors.size() == 7);
  CHECK(net.state().integers.at("bn.num_batches_tracked") == 0);
}

TEST_CASE("An absent parameter is in no list and no state, is not trained, and its name is taken") {
  Open m;
  const Parameter& absent = m.add_parameter("shift", Tensor());
  CHECK_FALSE(absent.defined());
  CHECK(absent.name == "shift");
  CHECK_THROWS_WITH_AS(m.add_parameter("shift", Tensor::ones({1})), doctest::Contains("of this name already"),
                       Error);
  Sequential net{Linear{2, 3, {.bias = false}}, BatchNorm2d{3, {.affine = false}}, Conv2d{1, 1, 1}};
  CHECK(names_of(net.named_parameters()) == std::vector<std::string>{"0.weight", "2.weight", "2.bias"});
  CHECK(net.state().tensors.size() == 3 + 2);
  net.load_state(net.state().clone());
  Linear layer{2, 3, {.bias = false}};
  const Tensor before = layer.weight.value.clone();
  SGD sgd{layer.parameters(), {.lr = 1}};
  Tape tape;
  tape.backward(sum(layer(tape.input(Tensor::ones({1, 2})))));
  sgd.step();
  CHECK(layer.weight.value.at(2, 1) == before.at(2, 1) - 1);
  CHECK_FALSE(layer.bias.grad.defined());
}

TEST_CASE("References to the parts of a module stay good when it moves") {
  Net first;
  const Parameter* weight = &first.block.fc.weight;
  const Net second = std::move(first);
  CHECK(&second.block.fc.weight == weight);
  CHECK(second.parameters()[1] == weight);
}

TEST_CASE("Names are unique, not empty, and have no dots") {
  Open m;
  m.add("fc", Linear{1, 1});
  m.add_parameter("gain", Tensor::ones({1}));
  m.add_buffer("mean", Tensor::ones({1}));
  m.add_counter("steps");
  CHECK_THROWS_WITH_AS(m.add("", Linear{1, 1}), doctest::Contains("name is empty"), Error);
  CHECK_THROWS_WITH_AS(m.add("a.b", Linear{1, 1}), doctest::Contains("no dots"), Error);
  CHECK_THROWS_WITH_AS(m.add("fc", Linear{1, 1}), doctest::Contains("add \"fc\" (test_module.cpp:"), Error);
  for (const char* taken : {"fc", "gain", "mean", "steps"}) {
    CHECK_THROWS_WITH_AS(m.add(taken, Linear{1, 1}), doctest::Contains("must be unique"), Error);
    CHECK_THROWS_AS(m.add_parameter(taken, Tensor::ones({1})), Error);
    CHECK_THROWS_AS(m.add_buffer(taken, Tensor::ones({1})), Error);
    CHECK_THROWS_AS(m.add_counter(taken), Error);
  }
  CHECK(m.children().size() == 1);
}

TEST_CASE("Modules can be returned, kept in a vector and moved on with their names, weights and links") {
  const auto make = [](Scalar gain) {
    Net net;
    net.block.gain.value.fill(gain);
    return net;
  };
  std::vector<Net> nets;
  for (int i = 0; i < 5; i++) nets.push_back(make(static_cast<Scalar>(i)));  // it grows and moves them
  for (std::size_t i = 0; i < nets.size(); i++) {
    nets[i].eval();
    CHECK_FALSE(nets[i].bn.is_training());
    CHECK(nets[i].named_parameters()[0].second == &nets[i].block.gain);
    CHECK(nets[i].state().tensors.at("block.gain").at(0) == static_cast<Scalar>(i));
    CHECK(nets[i].block.name() == "block");
  }
}

TEST_CASE("A module that is called twice shares its weights and adds up their gradients") {
  struct Twice : Module {
    Linear& fc = add("fc", Linear{1, 1});
    Var forward(Var x) override { return fc(fc(x)); }
  } net;
  net.fc.weight.value.fill(3);
  net.fc.bias.value.fill(5);
  Tape tape;
  tape.backward(sum(net(tape.input(Tensor::full({1, 1}, 2)))));  // w (w x + b) + b
  CHECK(net.parameters().size() == 2);
  CHECK(net.fc.weight.grad.item() == 2 * 3 * 2 + 5);
  CHECK(net.fc.bias.grad.item() == 3 + 1);
}

TEST_CASE("A Sequential inside of a module has paths with its numbers") {
  struct WithBody : Module {
    Sequential& body = add("body", Sequential{Linear{3, 4}, Sequential{Linear{4, 4}, BatchNorm2d{4}}});
    Var forward(Var x) override { return body(x); }
  } net;
  CHECK(names_of(net.named_parameters()) == std::vector<std::string>{"body.0.weight", "body.0.bias",
                                                                     "body.1.0.weight", "body.1.0.bias",
                                                                     "body.1.1.weight", "body.1.1.bias"});
  CHECK(net.state().integers.contains("body.1.1.num_batches_tracked"));
  Tape tape;
  CHECK_THROWS_WITH_AS(net(tape.input(Tensor::zeros({2, 5}))),
                       doctest::Contains("linear \"body.0\" (test_module.cpp:"), ShapeError);
}

TEST_CASE("train and eval reach every part") {
  Net net;
  CHECK(net.bn.is_training());
  net.eval();
  CHECK_FALSE(net.is_training());
  CHECK_FALSE(net.block.fc.is_training());
  CHECK_FALSE(net.bn.is_training());
  net.train();
  CHECK(net.block.fc.is_training());
}

TEST_CASE("zero_grad drops the gradients that backward left") {
  Net net;
  Tape tape;
  tape.backward(sum(net(tape.input(Tensor::arange(6).reshape({2, 3})))));
  CHECK(net.bn.bias.grad.defined());
  net.zero_grad();
  for (const Parameter* p : net.parameters()) CHECK_FALSE(p->grad.defined());
}

TEST_CASE("load_state copies into the module's own storage") {
  Net from, to;
  from.bn.num_batches_tracked = 7;
  from.bn.running_mean.fill(3);
  Tensor seen = to.block.fc.weight.value;
  to.load_state(from.state());
  CHECK(seen.at(1, 2) == from.block.fc.weight.value.at(1, 2));
  CHECK(to.bn.running_mean.at(1) == 3);
  CHECK(to.bn.num_batches_tracked == 7);
}

TEST_CASE("load_state lists all that does not fit and changes nothing") {
  Net net;
  const Tensor before = net.block.fc.weight.value.clone();
  State state = Net().state().clone();
  state.tensors.erase("bn.weight");
  state.tensors.emplace("head.weight", Tensor::ones({1}));
  state.tensors["block.gain"] = Tensor::ones({5});
  state.integers.clear();
  std::string message;
  try {
    net.load_state(state);
  } catch (const Error& error) {
    message = error.what();
  }
  for (const char* words : {"missing: \"bn.weight\"", "bn.num_batches_tracked", "unexpected: \"head.weight\"",
                            "block.gain", "[5]", "[2]"}) {
    CHECK_MESSAGE(message.find(words) != std::string::npos, message);
  }
  CHECK(net.block.fc.weight.value.at(0, 0) == before.at(0, 0));
}

TEST_CASE("An error inside a module names its path and the line in the user's own module") {
  struct Wrong : Module {
    Conv2d& conv2 = add("conv2", Conv2d{6, 16, 5});
    Var forward(Var x) override { return conv2(x); }
  };
  constexpr int kLine = __LINE__ - 2;
  struct Outer : Module {
    Wrong& body = add("body", Wrong{});
    Var forward(Var x) override { return body(x); }
  } net;
  Tape tape;
  const std::string head = fmt::format("conv2d \"body.conv2\" (test_module.cpp:{}): ", kLine);
  CHECK_THROWS_WITH_AS(net(tape.input(Tensor::zeros({1, 3, 8, 8}))), doctest::Contains(head.c_str()),
                       ShapeError);
}

TEST_CASE("An error inside a Sequential names the line that called it") {
  Sequential net{Linear{3, 3}, Linear{4, 2}};
  Tape tape;
  const Var x = tape.input(Tensor::zeros({1, 3}));
  const std::string head = fmt::format("linear \"1\" (test_module.cpp:{}): ", __LINE__ + 1);
  CHECK_THROWS_WITH_AS(net(x), doctest::Contains(head.c_str()), ShapeError);
}

TEST_CASE("A module's state with a count below 0 or beyond 2^53 is refused and changes nothing") {
  struct Net : Module {
    Linear& fc = add("fc", Linear{1, 1});
    BatchNorm2d& bn = add("bn", BatchNorm2d{1});
    Var forward(Var x) override { return bn(fc(x)); }
  } net;
  State state = net.state().clone();
  state.tensors["fc.weight"].fill(77);
  for (const std::int64_t count : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    state.integers["bn.num_batches_tracked"] = count;
    CHECK_THROWS_WITH_AS(net.load_state(state), doctest::Contains("has bn.num_batches_tracked"), FormatError);
  }
  CHECK(net.fc.weight.value.item() != 77);
}

namespace {

struct Adding : Module {
  Linear& fc = add("fc", Linear{2, 2});
  Var forward(Var x) override { return add(add(fc(x), x), 1); }
};

// `b` is a plain member: nobody add()ed it.
struct ForgetfulNet : Module {
  Linear& a = add("a", Linear{2, 2});
  Linear b{2, 1};
  Var forward(Var x) override { return b(relu(a(x))); }
};

struct Outer : Module {
  ForgetfulNet& part = add("part", ForgetfulNet{});
  Var forward(Var x) override { return part(x); }
};

// Calls modules that live elsewhere.
struct Wrapper : Module {
  explicit Wrapper(Module& other) : other_(other) {}
  Var forward(Var x) override { return other_(ReLU{}(x)); }

 private:
  Module& other_;
};

// The message of one training step of `net` by `optimizer`, or "no error".
std::string step_of(Module& net, Optimizer& optimizer) {
  return reel_test::error_of<Error>([&] {
    Tape tape;
    tape.backward(sum(net(tape.input(Tensor::ones({1, 2})))));
    optimizer.step();
  });
}

}  // namespace

TEST_CASE("The op add is at hand in forward, beside the add that registers") {
  Adding net;
  net.fc.weight.value.fill(0);
  Tape tape;
  CHECK(net(tape.input(Tensor::ones({1, 2}))).value().shape() == Shape{1, 2});
}

TEST_CASE("A layer that nobody add()ed is told of where an optimiser misses it") {
  Outer net;
  SGD sgd{net.parameters()};
  const std::string message = step_of(net, sgd);
  CHECK(message.find("backward (test_module.cpp:") == 0);
  CHECK(message.find("\"part.weight\" [1,2] (test_module.cpp:") != std::string::npos);
  CHECK(message.find("register its module with add(") != std::string::npos);
  SUBCASE("not where an optimiser has its parameters") {
    SGD other{net.part.b.parameters()};
    CHECK(step_of(net, sgd) == "no error");
  }
  SUBCASE("nor where they are frozen") {
    for (Parameter* p : net.part.b.parameters()) p->trainable = false;
    CHECK(reel_test::error_of<Error>([&] { net.state(); }) != "no error");  // of the step before
    CHECK(step_of(net, sgd) == "no error");
    CHECK(net.state().tensors.size() == 2);
  }
}

TEST_CASE("A layer that nobody add()ed is told of where the module's state is saved without it") {
  Outer net;
  CHECK(net.state().tensors.size() == 2);
  Tape tape({.record = false});
  net(tape.input(Tensor::ones({1, 2})));
  CHECK_THROWS_WITH_AS(net.state(), doctest::Contains("is no part of \"part\", whose forward uses it"),
                       Error);
  CHECK_THROWS_WITH_AS(net.part.state(), doctest::Contains("(used at test_module.cpp:"), Error);
}

TEST_CASE("A module without parameters need not be add()ed, nor one that is trained on its own") {
  Linear fc{2, 2};
  Wrapper net(fc);
  SGD sgd{fc.parameters()};
  CHECK(step_of(net, sgd) == "no error");
  for (Parameter* p : fc.parameters()) p->trainable = false;
  Wrapper frozen(fc);
  Tape tape;
  frozen(tape.input(Tensor::ones({1, 2})));
  CHECK(frozen.state().tensors.empty());
}

TEST_CASE("A module around one that an optimiser trains saves its own state, once the optimiser is there") {
  Linear fc{2, 2};
  struct Scaled : Wrapper {
    using Wrapper::Wrapper;
    Parameter& scale = add_parameter("scale", Tensor::ones({2}));
    Var forward(Var x) override { return Wrapper::forward(x) * x.tape().parameter(scale); }
  } net(fc);
  SGD own{net.parameters()};
  CHECK(step_of(net, own) != "no error");
  CHECK_THROWS_AS(net.state(), Error);  // a first save that fails
  SGD other{fc.parameters()};
  CHECK(step_of(net, own) == "no error");
  CHECK(net.state().tensors.size() == 1);
}

namespace {

struct Backbone : Module {
  Linear& fc = add("fc", Linear{2, 2});
  Var forward(Var x) override { return fc(x); }
};

// Calls a part of its plain member.
struct CallsPartOfMember : Module {
  Linear& a = add("a", Linear{2, 2});
  Backbone b;
  Var forward(Var x) override { return b.fc(a(x)); }
};

struct PlainParameter : Module {
  Linear& a = add("a", Linear{2, 2});
  Parameter scale{.name = "scale", .value = Tensor::ones({2})};
  Var forward(Var x) override { return a(x) * x.tape().parameter(scale); }
};

// Reads the weight of a plain member, which it does not call.
struct ReadsPartOfMember : Module {
  Linear& a = add("a", Linear{2, 2});
  Backbone b;
  Var forward(Var x) override { return linear(a(x), x.tape().parameter(b.fc.weight)); }
};

// Ties the weight of its second part to that of a part of the first.
struct ReadsOwnParts : Module {
  Backbone& a = add("a", Backbone{});
  Var forward(Var x) override { return linear(a.fc(x), x.tape().parameter(a.fc.weight)); }
};

struct PlainDropoutAndNorm : Module {
  Dropout drop{0.5};
  BatchNorm2d norm{2, {.affine = false}};
  Var forward(Var x) override { return norm(drop(x)); }
};

template <class Net>
void check_that_it_is_told() {
  Net net;
  SGD sgd{net.parameters()};
  CHECK(step_of(net, sgd).find("is no part of the module whose forward uses it") != std::string::npos);
  CHECK_THROWS_WITH_AS(net.state(), doctest::Contains("is no part of this module"), Error);
}

}  // namespace

TEST_CASE("What is no part is told of however forward uses it") {
  check_that_it_is_told<CallsPartOfMember>();
  check_that_it_is_told<PlainParameter>();
  check_that_it_is_told<ReadsPartOfMember>();
}

TEST_CASE("The parts of parts may be called and read, though an optimiser has only some of them") {
  ReadsOwnParts net;
  SGD sgd{{&net.a.fc.bias}};
  CHECK(step_of(net, sgd) == "no error");
  CHECK(net.state().tensors.size() == 2);
}

TEST_CASE("A layer that is a plain member is as in eval() while a module in eval() calls it") {
  PlainDropoutAndNorm net;
  net.norm.running_mean.fill(1);
  net.norm.running_var.fill(1);
  net.eval();
  Tape tape;
  CHECK_CLOSE(net(tape.input(Tensor::full({4, 2}, 3))).value(),
              Tensor::full({4, 2}, Scalar(2 / std::sqrt(1 + 1e-5))));
  CHECK(net.norm.num_batches_tracked == 0);
  CHECK(net.state().tensors.empty());
  CHECK(net.drop.is_training());
}

TEST_CASE("Running statistics of a layer that is a plain member are told of where they would not be saved") {
  PlainDropoutAndNorm net;
  Tape tape;
  net(tape.input(Tensor::full({4, 2}, 3)));
  CHECK_THROWS_WITH_AS(net.state(), doctest::Contains("which changes its buffers, is no part"), Error);
  net.eval();
  net(tape.input(Tensor::full({4, 2}, 3)));
  CHECK(net.state().tensors.empty());
}

TEST_CASE("A ModuleOf takes and gives what its forward says, under its name") {
  struct Both : ModuleOf<Both> {
    Linear& fc = add("fc", Linear{3, 2});
    std::pair<Var, Index> forward(Var x, const Var& scale, Index count) { return {fc(x) * scale, count + 1}; }
  };
  struct Outer : Module {
    Both& both = add("both", Both{});
    Var forward(Var x) override { return both(x, x.tape().input(Tensor::ones({2})), 1).first; }
  } net;
  Tape tape;
  net(tape.input(Tensor::ones({1, 3})));
  CHECK(tape.nodes().back().scope == "both");
  CHECK(net.named_parameters()[0].first == "both.fc.weight");
  CHECK(net.both(tape.input(Tensor::ones({1, 3})), tape.input(Tensor::ones({2})), 6).second == 7);
  CHECK_THROWS_WITH_AS(net(tape.input(Tensor::ones({1, 4}))), doctest::Contains("linear \"both.fc\""),
                       ShapeError);
  net.eval();
  CHECK_FALSE(net.both.is_training());
}

TEST_CASE("apply() calls a function of every part, the innermost first") {
  Net net;
  std::vector<std::string> names;
  net.apply([&](ModuleBase& part) { names.push_back(part.name()); });
  CHECK(names == std::vector<std::string>{"fc", "block", "bn", ""});
}

TEST_CASE("A module lets go of its input in inference, when its forward does") {
  struct Forgetful : ModuleOf<Forgetful> {
    Var forward(Var x, Index) {
      x = relu(x);
      CHECK_FALSE(x.tape().nodes()[1].value.defined());  // exp(x)
      return x;
    }
  } several;
  struct AlsoForgetful : Module {
    Var forward(Var x) override {
      x = relu(x);
      CHECK_FALSE(x.tape().nodes()[1].value.defined());
      return x;
    }
  } one;
  Tape first({.record = false}), second({.record = false});
  one(exp(first.input(Tensor::ones({2}))));
  several(exp(second.input(Tensor::ones({2}))), 1);
}
