#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/layers/lambda.h>
#include <reel/layers/linear.h>
#include <reel/layers/sequential.h>

using namespace reel;

TEST_CASE("A Lambda is a function as a part of a network") {
  Sequential net{Lambda{[](Var x) { return 2 * x; }}, Linear{2, 1}};
  CHECK(net.named_parameters()[0].first == "1.weight");
  Tape tape;
  net(tape.input(Tensor::ones({1, 2})));
  CHECK(tape.nodes()[1].scope == "0");
  CHECK(tape.nodes()[1].where.text().find("test_lambda.cpp:") == 0);
}

TEST_CASE("A Lambda of no function is an error") {
  CHECK_THROWS_WITH_AS(Lambda(std::function<Var(Var)>()), doctest::Contains("the function is empty"), Error);
}
