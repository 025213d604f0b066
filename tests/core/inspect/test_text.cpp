#include <reel/core/inspect/text.h>

#include <doctest/doctest.h>

#include <algorithm>

#include <reel/core/ops/ops.h>

using namespace reel;

TEST_CASE("A tape's table lists its nodes in execution order, aligned") {
  const Location where({}, "train.cpp", 30);
  Parameter w{.name = "weight", .value = Tensor::ones({3})};
  Tape tape;
  const Var x = tape.input({Tensor::ones({2, 3}), where});
  {
    const Scope scope("scale", where, Scope::Lines::kOwnLine);
    mul({x, where}, tape.parameter({w, where})).named("y");
  }
  CHECK(inspect::text(tape) ==
        "name          op         shape  inputs               where\n"
        "input         input      [2,3]                       train.cpp:30\n"
        "scale.weight  parameter  [3]                         train.cpp:30\n"
        "y             mul        [2,3]  input, scale.weight  train.cpp:30\n");
}

TEST_CASE("An empty tape's table has a heading only") {
  CHECK(inspect::text(Tape()) == "name  op  shape  inputs  where\n");
}

TEST_CASE("Names in the table have no control characters") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2})).named("x\x1b[2J\n");
  (void)exp(x);
  const std::string table = inspect::text(tape);
  CHECK(table.find('\x1b') == std::string::npos);
  CHECK(std::ranges::count(table, '\n') == 3);
}
