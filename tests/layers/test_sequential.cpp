#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/activations.h>
#include <reel/layers/linear.h>
#include <reel/layers/sequential.h>

using namespace reel;

TEST_CASE("Sequential runs its parts in order and names them by number") {
  Sequential net{Linear{3, 2}, ReLU{}};
  Linear& last = net.push_back(Linear{2, 4});
  CHECK(last.name() == "2");
  CHECK(net.named_parameters().back().first == "2.bias");
  static_cast<Linear*>(net.children()[0])->bias.value.fill(-1000);  // ReLU gives 0
  last.bias.value.fill(7);
  Tape tape;
  const Tensor y = net(tape.input(Tensor::ones({1, 3}))).value();
  CHECK(y.shape() == Shape{1, 4});
  CHECK(y.at(0, 3) == 7);
}

TEST_CASE("push_back nests a single Sequential, where braces move it") {
  Sequential outer;
  outer.push_back(Sequential{Linear{1, 1}});
  CHECK(outer.named_parameters()[0].first == "0.0.weight");
  const Sequential moved{Sequential{Linear{1, 1}}};
  CHECK(moved.named_parameters()[0].first == "0.weight");
}

TEST_CASE("An empty Sequential is the identity") {
  Sequential net;
  Tape tape;
  CHECK(net(tape.input(Tensor::full({1}, 3))).item() == 3);
}

TEST_CASE("Parts of a Sequential may have names of their own") {
  Sequential net{NamedModule{"fc", Linear{3, 2}}, ReLU{}, NamedModule{"out", Linear{2, 1}}};
  CHECK(net.named_parameters()[0].first == "fc.weight");
  CHECK(net.named_parameters()[2].first == "out.weight");
  CHECK(net.children()[1]->name() == "1");
  net.push_back(NamedModule{"last", ReLU{}});
  CHECK(net.children()[3]->name() == "last");
  CHECK_THROWS_WITH_AS(net.push_back(NamedModule{"fc", ReLU{}}), doctest::Contains("names must be unique"),
                       Error);
}
