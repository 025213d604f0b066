#include <doctest/doctest.h>
#include <reel/layers/activations.h>

#include <algorithm>

using namespace reel;

TEST_CASE("The activation layers apply the ops of their names") {
  Tape tape;
  const Var x = tape.input(Tensor::from({4}, {-2, -0.5, 0.5, 2}));
  const auto same = [](Var a, Var b) { return std::ranges::equal(a.value().values(), b.value().values()); };
  CHECK(same(ReLU{}(x), relu(x)));
  CHECK(same(LeakyReLU{}(x), leaky_relu(x, Scalar(0.01))));
  CHECK(same((LeakyReLU{Scalar(0.3)})(x), leaky_relu(x, Scalar(0.3))));
  CHECK(same(GELU{}(x), gelu(x)));
  CHECK(same(SiLU{}(x), silu(x)));
  CHECK(same(Softplus{}(x), softplus(x)));
  CHECK(same((Softplus{2, 1})(x), softplus(x, 2, 1)));
  CHECK(same(ELU{}(x), elu(x)));
  CHECK(same((ELU{Scalar(0.5)})(x), elu(x, Scalar(0.5))));
  CHECK(same(Hardswish{}(x), hardswish(x)));
  CHECK(same(Mish{}(x), mish(x)));
  CHECK(same(Sigmoid{}(x), sigmoid(x)));
  CHECK(same(Tanh{}(x), tanh(x)));
}
