#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>
#include <reel/core/random.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "close.h"
#include "explain_support.h"

using namespace reel;

namespace {

Tensor dropped(const Tensor& x, double p) {
  Tape tape;
  return dropout(tape.input(x), p).value();
}

}  // namespace

TEST_CASE("Dropout zeroes a share p of the elements and scales the others") {
  seed(3);
  const Tensor y = dropped(Tensor::ones({100, 101}), 0.2);
  Index zeros = 0;
  for (const Scalar v : y.values()) {
    if (v == 0) {
      zeros++;
    } else {
      CHECK(v == Scalar(1.25));
    }
  }
  CHECK_CLOSE(static_cast<double>(zeros), 0.2 * 10100,
              reel_test::kStandardErrors * std::sqrt(0.8 / 0.2 / 10100));
}

TEST_CASE("Each dropout draws another mask, and the same after the same seed") {
  const Tensor x = Tensor::ones({1000});
  seed(3);
  const Tensor first = dropped(x, 0.5), second = dropped(x, 0.5);
  seed(3);
  const Tensor again = dropped(x, 0.5);
  CHECK_FALSE(std::ranges::equal(first.values(), second.values()));
  CHECK(std::ranges::equal(first.values(), again.values()));
}

TEST_CASE("Backward of dropout has the mask of its forward") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({50}));
  const Var y = dropout(x, 0.4);
  dropout(x, 0.4);  // another mask in between
  tape.backward(y, Tensor::ones({50}));
  CHECK(std::ranges::equal(x.grad().values(), y.value().values()));
}

TEST_CASE("An infinity and a NaN are seen also where they are dropped, as in PyTorch") {
  Tape tape;
  const Tensor infinite = Tensor::full({40}, std::numeric_limits<Scalar>::infinity());
  const Var x = tape.variable(infinite), y = dropout(x, 0.5);
  tape.backward(y, infinite);
  for (const Tensor& numbers : {y.value(), x.grad()}) {
    const auto lost = std::ranges::count_if(numbers.values(), [](Scalar v) { return std::isnan(v); });
    CHECK(lost > 5);
    CHECK(std::ranges::count(numbers.values(), infinite.at(0)) == 40 - lost);
  }
  const Tensor unknown = dropped(Tensor::full({40}, NAN), 0.5);
  CHECK(std::ranges::all_of(unknown.values(), [](Scalar v) { return std::isnan(v); }));
}

TEST_CASE("The gradient of dropout agrees with differences" * reel_test::in_double_alone()) {
  CHECK_GRADIENT([](auto v) { return dropout(v[0], 0.3); }, reel_test::uniform({7, 5}));
}

TEST_CASE("Dropout explains its numbers") {
  seed(3);
  for (const double p : {0.0, 0.3, 0.9}) {
    CHECK_EXPLAINED([p](auto v) { return dropout(v[0] * 2, p); }, reel_test::uniform({7, 5}));
  }
  Tape tape;
  const Var x = tape.variable(Tensor::ones({50})).named("x");
  const inspect::Trace trace(tape, sum(dropout(x, 0.5).named("y")));
  for (Index i = 0; i < 50; i++) {
    const auto said = trace.explain(1, i, [](const Term&) {});
    const std::string text = fmt::format("x[{}]", i);
    CHECK(said->formula == (said->sum == 0 ? "0, for " + text + " is dropped" : text + " / (1 - 0.5)"));
    CHECK(trace.why_zero(0, i) == (said->sum == 0 ? "dropped" : ""));
  }
}

TEST_CASE("Dropout records nothing and draws nothing in eval or where p is 0") {
  seed(3);
  Tape tape;
  const Var x = tape.variable(Tensor::ones({4}));
  CHECK(dropout(x, 0.9, false).value().shares_storage(x.value()));
  CHECK(dropout(x, 0).value().shares_storage(x.value()));
  CHECK(tape.nodes().size() == 1);
  CHECK(generator_state() == GeneratorState{3, 0});
}

TEST_CASE("Dropout has the same bits at any number of threads") {
  const Tensor x = Tensor::ones({20000});
  const auto mask = [&](int threads) {
    set_num_threads(threads);
    seed(5);
    return dropped(x, 0.5);
  };
  const int before = num_threads();
  const Tensor one = mask(1), four = mask(4);
  set_num_threads(before);
  CHECK(std::ranges::equal(one.values(), four.values()));
}

TEST_CASE("Dropout refuses a p outside of [0, 1)") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({4}));
  CHECK_THROWS_WITH_AS(dropout(x, 1), doctest::Contains("p is 1, it must be in [0, 1)"), Error);
  CHECK_THROWS_AS(dropout(x, -0.1), Error);
  CHECK_THROWS_AS(dropout(x, 1.5, false), Error);
}
