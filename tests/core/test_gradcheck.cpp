#include <reel/core/gradcheck.h>

#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/random.h>

#include "close.h"
#include "gradcheck_support.h"

using namespace reel;
using reel_test::kSlopeTolerance;

namespace {

// y = x^3, whose backward is wrong by a factor.
class Cube : public Op {
 public:
  explicit Cube(Scalar factor = 1) : factor_(factor) {}
  std::string_view name() const override { return "cube"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = inputs[0].clone();
    for (Scalar& v : y.mutable_values()) v = v * v * v;
    return y;
  }
  void backward(BackwardPass& pass) override {
    Tensor dx = pass.dy().clone();
    for (std::size_t i = 0; i < dx.values().size(); i++) {
      const Scalar x = pass.input(0).values()[i];
      dx.mutable_values()[i] *= 3 * x * x * factor_;
    }
    pass.add(0, dx);
  }

 private:
  Scalar factor_;
};

auto cube(Scalar factor) {
  return
      [factor](std::span<const Var> v) { return v[0].tape().apply(std::make_unique<Cube>(factor), {v[0]}); };
}

// Draws from the program's generator, as dropout does.
auto with_noise(std::span<const Var> v) {
  next_random_stream();
  return cube(1)(v);
}

}  // namespace

TEST_CASE("gradcheck accepts a right gradient") {
  const GradcheckResult result = gradcheck(cube(1), {reel_test::uniform({2, 3})});
  CHECK(result.error <= kSlopeTolerance);
  CHECK_GRADIENT(cube(1), reel_test::uniform({2, 3}));
}

TEST_CASE("gradcheck finds a gradient that is wrong by a factor, and says where and by how much") {
  const GradcheckResult result =
      gradcheck(cube(Scalar(1.1)), {Tensor::from({3}, {Scalar(0.1), 2, Scalar(0.2)})});
  CHECK_CLOSE(result.error, 0.1, kSlopeTolerance);
  CHECK(result.input == 0);
  CHECK(result.element == 1);
  CHECK_CLOSE(result.analytic, 1.1 * result.numeric, kSlopeTolerance);
  CHECK(result.text().find("element 1 of input 0") != std::string::npos);
}

TEST_CASE("gradcheck calls a NaN gradient an infinite error") {
  CHECK(std::isinf(gradcheck(cube(NAN), {Tensor::from({1}, {2})}).error));
}

TEST_CASE("gradcheck judges an input without influence by the absolute error") {
  const auto first = [](std::span<const Var> v) { return cube(1)(v); };
  const GradcheckResult result = gradcheck(first, {Tensor::from({1}, {2}), Tensor::from({2}, {1, 2})});
  CHECK(result.error <= kSlopeTolerance);
}

TEST_CASE("gradcheck changes neither the inputs nor the program's generator") {
  const Tensor x = Tensor::from({2}, {1, 2});
  const std::uint64_t version = x.version();
  const GeneratorState state = generator_state();
  gradcheck(with_noise, {x});
  CHECK(x.version() == version);
  CHECK(generator_state() == state);
}

TEST_CASE("gradcheck puts the generator back where the function throws, at its first call or later") {
  seed(4);
  const GeneratorState before = generator_state();
  for (const int calls : {1, 2, 5}) {
    int left = calls;
    const auto throwing = [&](std::span<const Var> v) {
      const Var y = dropout(v[0]);
      if (--left == 0) throw Error("mine");
      return y;
    };
    CHECK_THROWS_AS(gradcheck(throwing, {Tensor::ones({2})}), Error);
    CHECK(generator_state() == before);
  }
}
