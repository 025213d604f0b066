#include <reel/core/inspect/dot.h>

#include <doctest/doctest.h>

#include <reel/core/ops/ops.h>

using namespace reel;

TEST_CASE("A tape's graph frames modules and escapes names") {
  Parameter w{.name = "weight", .value = Tensor::ones({3})};
  Tape tape;
  const Var x = tape.input(Tensor::ones({2, 3}));
  Var y;
  {
    const Scope layer("layer1", {}, Scope::Lines::kOwnLine);
    const Scope scale("scale", {}, Scope::Lines::kOwnLine);
    y = x * tape.parameter(w);
  }
  sum(y).named("the \"loss\" \\ total");
  CHECK(inspect::dot(tape) == R"(digraph tape {
  node [shape=box];
  n0 [label="input\n[2,3]", style=dashed];
  n3 [label="the \"loss\" \\ total\nsum []", style=rounded];
  subgraph "cluster.layer1" {
    label="layer1";
    subgraph "cluster.layer1.scale" {
      label="scale";
      n1 [label="layer1.scale.weight\nparameter [3]", style=bold];
      n2 [label="layer1.scale.mul\nmul [2,3]", style=rounded];
    }
  }
  n0 -> n2;
  n1 -> n2;
  n2 -> n3;
}
)");
}

TEST_CASE("An empty tape's graph is empty") {
  CHECK(inspect::dot(Tape()) == "digraph tape {\n  node [shape=box];\n}\n");
}

TEST_CASE("Control characters of names and scopes are written out in a graph") {
  Tape tape;
  const Scope scope("a\x1b[2Jb", Location{}, Scope::Lines::kOwnLine);
  relu(tape.input(Tensor::ones({1})).named("x\x1b]0;title\x07\xe2\x80\xae"));
  const std::string graph = inspect::dot(tape);
  for (const char* bad : {"\x1b", "\x07", "\xe2\x80\xae"}) CHECK(graph.find(bad) == std::string::npos);
  CHECK(graph.find(R"(x\\x1b]0;title\\x07\\u202e)") != std::string::npos);
}
