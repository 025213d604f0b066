#include <doctest/doctest.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

Tensor product(const Tensor& a, const Tensor& b) {
  Tape tape;
  return matmul(tape.input(a), tape.input(b)).value();
}

}  // namespace

TEST_CASE("matmul of matrices and vectors drops the dimension that a vector lacks") {
  const Tensor a = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6}), v = Tensor::from({3}, {1, 0, -1});
  CHECK(product(a, Tensor::from({3, 2}, {1, 0, 0, 1, 1, 1})).text() ==
        "tensor([[ 4.,  5.],\n        [10., 11.]])");
  CHECK(product(a, v).text() == "tensor([-2., -2.])");
  CHECK(product(Tensor::from({2}, {1, 2}), a).text() == "tensor([ 9., 12., 15.])");
  CHECK(product(v, v).shape() == Shape{});
  CHECK(product(v, v).item() == 2);
}

TEST_CASE("matmul multiplies batch by batch and broadcasts the batches") {
  const Tensor a = uniform({2, 1, 3, 4}), b = uniform({5, 4, 2}, -1, 1, 1);
  const Tensor y = product(a, b);
  REQUIRE(y.shape() == Shape{2, 5, 3, 2});
  std::vector<double> column, sums;
  for (Index i = 0; i < 2; i++) {
    for (Index j = 0; j < 5; j++) {
      for (Index r = 0; r < 3; r++) {
        double sum = 0;
        for (Index k = 0; k < 4; k++) sum += static_cast<double>(a.at(i, 0, r, k)) * b.at(j, k, 1);
        column.push_back(y.at(i, j, r, 1));
        sums.push_back(sum);
      }
    }
  }
  CHECK_CLOSE(column, sums);
  CHECK(product(a, uniform({4})).shape() == Shape{2, 1, 3});
  CHECK(product(uniform({4}), b).shape() == Shape{5, 2});
  CHECK(product(uniform({6, 3, 4}), uniform({4, 2})).shape() == Shape{6, 3, 2});
}

TEST_CASE("Gradients of matmul" * reel_test::in_double_alone()) {
  const auto f = [](Vars v) { return matmul(v[0], v[1]); };
  CHECK_GRADIENT(f, uniform({2, 3}), uniform({3, 4}, -1, 1, 1));
  CHECK_GRADIENT(f, uniform({3}), uniform({3}, -1, 1, 1));
  CHECK_GRADIENT(f, uniform({3}), uniform({2, 3, 4}, -1, 1, 1));
  CHECK_GRADIENT(f, uniform({2, 4, 3}), uniform({3}, -1, 1, 1));
  CHECK_GRADIENT(f, uniform({2, 4, 3}), uniform({3, 2}, -1, 1, 1));
  CHECK_GRADIENT(f, uniform({2, 1, 2, 3}), uniform({4, 3, 2}, -1, 1, 1));
  CHECK_GRADIENT([](Vars v) { return matmul(v[0], v[0]); }, uniform({3, 3}));
}

TEST_CASE("matmul explains its numbers, of vectors, batches and what is broadcast") {
  const auto f = [](Vars v) { return matmul(v[0], v[1]); };
  CHECK_EXPLAINED(f, uniform({2, 3}), uniform({3, 4}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({3}), uniform({3}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({3}), uniform({2, 3, 4}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({3}), uniform({3, 4}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({2, 4, 3}), uniform({3}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({2, 4, 3}), uniform({3, 2}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({2, 1, 2, 3}), uniform({4, 3, 2}, -1, 1, 1));
  CHECK_EXPLAINED(f, uniform({4, 2, 3}), uniform({2, 1, 3, 2}, -1, 1, 1));
  CHECK_EXPLAINED([](Vars v) { return matmul(v[0], v[0]); }, uniform({3, 3}));
}

TEST_CASE("The formulas of matmul") {
  Tape tape;
  const Var a = tape.variable(uniform({2, 1, 2, 3})).named("a"),
            b = tape.variable(uniform({4, 3, 2})).named("b"), v = tape.variable(uniform({2})).named("v");
  const inspect::Trace trace(tape, sum(matmul(matmul(a, b).named("y"), v).named("u")));
  const auto text = [&](std::size_t event, Index element) {
    const auto said = trace.explain(event, element, [](const Term&) {});
    return said->place + ": " + said->formula;
  };
  const auto gradient = [&](Var x) { return trace.grad_events(x.index()).at(0); };
  CHECK(text(trace.find("y"), 30) == "row 1,0,1 of a · column 3,0 of b: sum over k of a[1,0,1,k] * b[3,k,0]");
  CHECK(text(gradient(a), 11) == ": sum over n,j of dy[1,n,1,j] * b[n,2,j]");
  CHECK(text(gradient(b), 11) == ": sum over m,i of dy[m,1,i,1] * a[m,0,i,2]");
  CHECK(text(trace.find("u"), 3) == "row 0,1,1 of y · v: sum over k of y[0,1,1,k] * v[k]");
  CHECK(text(gradient(v), 1) == ": sum over m,n,i of du[m,n,i] * y[m,n,i,1]");
}

TEST_CASE("matmul says what does not fit") {
  Tape tape;
  const auto zeros = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  CHECK_ERROR(matmul(zeros({2, 3}), zeros({2, 3})), "matmul", "[2,3] and [2,3]", "left has 3 columns",
              "right 2 rows");
  CHECK_ERROR(matmul(zeros({2, 2, 3}), zeros({3, 3, 2})), "batch dimensions 2 and 3", "broadcast");
  CHECK_ERROR(matmul(zeros({}), zeros({2})), "scalar", "use *");
}
