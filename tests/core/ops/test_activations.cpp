#include <algorithm>
#include <cmath>
#include <optional>

#include <reel/core/error.h>
#include <reel/core/formula/detail/explain.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;
using UnaryFunction = std::function<Var(Var)>;

Scalar value(const UnaryFunction& f, Scalar x) {
  Tape tape;
  return f(tape.input(Tensor::full({}, x))).item();
}

Scalar slope(const UnaryFunction& f, Scalar x) {
  Tape tape;
  const Var v = tape.variable(Tensor::full({}, x));
  tape.backward(f(v));
  return v.grad().item();
}

struct Named {
  std::string name;
  UnaryFunction f;
  double (*formula)(double);
  std::optional<Scalar> kink = {};  // a place at one, or between two
};

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

const std::vector<Named>& functions() {
  static const std::vector<Named> all = {
      {"relu", [](Var x) { return relu(x); }, [](double x) { return std::max(x, 0.0); }, 0},
      {"leaky_relu", [](Var x) { return leaky_relu(x, Scalar(0.2)); },
       [](double x) { return x > 0 ? x : 0.2 * x; }, 0},
      {"gelu", [](Var x) { return gelu(x); },
       [](double x) { return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }},
      {"silu", [](Var x) { return silu(x); }, [](double x) { return x * logistic(x); }},
      {"sigmoid", [](Var x) { return sigmoid(x); }, logistic},
      {"tanh", [](Var x) { return tanh(x); }, [](double x) { return std::tanh(x); }},
      {"exp", [](Var x) { return exp(x); }, [](double x) { return std::exp(x); }},
      {"log", [](Var x) { return log(x); }, [](double x) { return std::log(x); }},
      {"sqrt", [](Var x) { return sqrt(x); }, [](double x) { return std::sqrt(x); }},
      {"pow", [](Var x) { return pow(x, 3); }, [](double x) { return x * x * x; }},
      {"softplus", [](Var x) { return softplus(x, 2); },
       [](double x) { return std::log1p(std::exp(2 * x)) / 2; }, 10},
      {"elu", [](Var x) { return elu(x, Scalar(0.5)); },
       [](double x) { return x > 0 ? x : 0.5 * std::expm1(x); }, 0},
      {"hardswish", [](Var x) { return hardswish(x); },
       [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }, 0},
      {"mish", [](Var x) { return mish(x); },
       [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
      {"abs", [](Var x) { return abs(x); }, [](double x) { return std::abs(x); }, 0},
      {"clamp", [](Var x) { return clamp(x, -1, 1); }, [](double x) { return std::clamp(x, -1.0, 1.0); }, 0},
  };
  return all;
}

}  // namespace

TEST_CASE("Activations have the values of their formulas") {
  for (const Scalar x : {Scalar(-2.5), Scalar(-0.3), Scalar(0), Scalar(0.7), Scalar(3)}) {
    for (const Named& named : functions()) {
      INFO(named.name << " at " << x);
      CHECK_CLOSE(value(named.f, x), named.formula(x), reel_test::kFunctionTolerance);
    }
  }
}

TEST_CASE("The words of each function say its value and its slope") {
  for (const Scalar x : {Scalar(-2.5), Scalar(0), Scalar(0.7), Scalar(3)}) {
    for (const Named& named : functions()) {
      INFO(named.name << " at " << x);
      if (x <= 0 && (named.name == "log" || named.name == "sqrt")) continue;
      Tape tape;
      const inspect::Trace trace(tape, sum(named.f(tape.variable(Tensor::full({}, x)))));
      const ComputedFunction read = by_its_words(named.name, trace.facts(1));
      CHECK_CLOSE(read.value(x), named.formula(x), reel_test::kFunctionTolerance);
      CHECK_CLOSE(read.gradient(x, 2), 2 * slope(named.f, x), reel_test::kFunctionTolerance);
    }
  }
}

TEST_CASE("Gradients of activations, away from their kinks" * reel_test::in_double_alone()) {
  const Tensor positive = uniform({3, 5}, Scalar(0.3), 3);
  for (const Named& named : functions()) {
    INFO(named.name);
    CHECK_GRADIENT([&](Vars v) { return named.f(v[0]); }, positive);
    if (named.name == "log" || named.name == "sqrt") continue;
    CHECK_GRADIENT([&](Vars v) { return named.f(v[0]); }, uniform({3, 5}, -3, Scalar(-0.2)));
  }
  CHECK_GRADIENT([](Vars v) { return pow(v[0], Scalar(0.5)); }, positive);
  CHECK_GRADIENT([](Vars v) { return pow(v[0], -2); }, positive);
  CHECK_GRADIENT([](Vars v) { return pow(v[0], 0); }, positive);
}

TEST_CASE("softplus refuses a beta that is not positive") {
  CHECK_THROWS_WITH_AS(value([](Var x) { return softplus(x, 0); }, 1),
                       doctest::Contains("beta is 0, it must be a finite number above 0"), Error);
  CHECK(value([](Var x) { return softplus(x); }, 21) == 21);
}

TEST_CASE("Activations explain their numbers, at kinks too") {
  const Tensor x = Tensor::from({2, 3}, {Scalar(-1.5), -1, 0, Scalar(0.3), 1, 2});
  for (const Named& named : functions()) {
    INFO(named.name);
    const bool positive = named.name == "log" || named.name == "sqrt";
    CHECK_EXPLAINED([&](Vars v) { return named.f(v[0]); }, positive ? uniform({2, 3}, Scalar(0.2), 3) : x);
  }
}

TEST_CASE("A relu says whether it is on, also beside an infinity") {
  Tape tape;
  const Var z = tape.variable(Tensor::from({3}, {-INFINITY, Scalar(0.5), -24})).named("z");
  const Var loss = mse_loss(relu(z).named("a"), Tensor::zeros({3}));
  const inspect::Trace trace(tape, loss);
  std::string note;
  const auto explain = [&](std::size_t event, Index element) {
    return *trace.explain(event, element, [&](const Term& term) { note = std::string(term.note); });
  };
  CHECK(explain(1, 0).sum == 0);
  CHECK(note == "relu off (z = -inf)");
  CHECK(explain(1, 1).formula == "relu(z[1])");
  CHECK(note == "relu on (z = 0.5)");
  CHECK(explain(trace.grad_events(0).at(0), 2).formula == "da[2] * relu'(z[2])");
  CHECK(note == "relu off (z = -24)");
  CHECK(trace.why_zero(0, 2) == note);
  CHECK(trace.why_zero(0, 1) == "");
}

TEST_CASE("The choices of a piecewise function are the sides of its kinks") {
  for (const Named& named : functions()) {
    INFO(named.name);
    const std::vector<Tensor> x = {Tensor::from({3}, {-30, named.kink.value_or(0), 30})};
    Tape tape;
    const inspect::Trace trace(tape, sum(named.f(tape.variable(x[0]))));
    const auto choices = trace.facts(1).choices;
    REQUIRE(static_cast<bool>(choices) == named.kink.has_value());
    if (named.kink) CHECK(choices(x) == std::vector<Index>{-1, 0, 1});
  }
}

TEST_CASE("The gradients at kinks are those of PyTorch") {
  CHECK(slope([](Var x) { return relu(x); }, 0) == 0);
  CHECK(slope([](Var x) { return abs(x); }, 0) == 0);
  CHECK(slope([](Var x) { return leaky_relu(x, Scalar(0.25)); }, 0) == Scalar(0.25));
  CHECK(slope([](Var x) { return clamp(x, -1, 1); }, -1) == 0);
  CHECK(slope([](Var x) { return clamp(x, -1, 1); }, 1) == 0);
  CHECK(slope([](Var x) { return clamp(x, -1, 1); }, Scalar(0.99)) == 1);
  CHECK(slope([](Var x) { return pow(x, 0); }, 0) == 0);
  CHECK(slope([](Var x) { return pow(x, 1); }, 0) == 1);
  CHECK(slope([](Var x) { return pow(x, 2); }, 0) == 0);
}

TEST_CASE("A NaN stays a NaN through every activation") {
  for (const Named& named : functions()) {
    INFO(named.name);
    CHECK(std::isnan(value(named.f, NAN)));
  }
}

TEST_CASE("Activations neither overflow nor lose their limits far from zero") {
  CHECK(value([](Var x) { return sigmoid(x); }, 1000) == 1);
  CHECK(value([](Var x) { return sigmoid(x); }, -1000) == 0);
  CHECK(value([](Var x) { return silu(x); }, -1000) == 0);
  CHECK(value([](Var x) { return silu(x); }, 1000) == 1000);
  CHECK(value([](Var x) { return gelu(x); }, -1000) == 0);
  CHECK(value([](Var x) { return gelu(x); }, 1000) == 1000);
  CHECK(value([](Var x) { return tanh(x); }, -1000) == -1);
  CHECK(slope([](Var x) { return silu(x); }, -1000) == 0);
  CHECK(slope([](Var x) { return gelu(x); }, -1000) == 0);
}

TEST_CASE("Activations take empty and 0-dimensional tensors") {
  Tape tape;
  CHECK(relu(tape.input(Tensor::zeros({0, 3}))).shape() == Shape{0, 3});
  CHECK(relu(tape.input(Tensor::full({}, -1))).item() == 0);
}

TEST_CASE("clamp refuses limits in the wrong order") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({2}));
  CHECK_THROWS_WITH_AS(clamp(x, 1, -1), doctest::Contains("low is 1 and high is -1"), Error);
  CHECK_THROWS_AS(clamp(x, NAN, 1), Error);
}
