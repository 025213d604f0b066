#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/random.h>
#include <reel/layers/embedding.h>
#include <reel/layers/flatten.h>
#include <reel/layers/linear.h>
#include <reel/layers/sequential.h>

using namespace reel;

TEST_CASE("Embedding looks up the rows of its weight, in the shape of the indices") {
  Embedding layer{4, 2};
  layer.weight.value.copy_from(Tensor::arange(8).reshape({4, 2}));
  Tape tape;
  const Var y = layer(tape.input(Tensor::from({1, 3}, {3, 0, 3})));
  CHECK(y.value().text() == "tensor([[[6., 7.],\n         [0., 1.],\n         [6., 7.]]])");
  tape.backward(sum(y));
  CHECK(layer.weight.grad.text() ==
        "tensor([[1., 1.],\n        [0., 0.],\n        [0., 0.],\n        [2., 2.]])");
}

TEST_CASE("Embedding's weight has PyTorch's name and starts as standard normal numbers") {
  seed(3);
  Embedding layer{100, 50};
  CHECK(layer.named_parameters().size() == 1);
  CHECK(layer.named_parameters()[0].first == "weight");
  double total = 0, squares = 0;
  for (const Scalar w : layer.weight.value.values()) {
    total += w;
    squares += w * w;
  }
  CHECK(std::abs(total / 5000) < 0.05);
  CHECK(std::abs(squares / 5000 - 1) < 0.08);
}

TEST_CASE("Embedding stands first in a Sequential, and learns there") {
  Sequential net{Embedding{5, 3}, Flatten{}, Linear{6, 2}};
  Tape tape;
  const Var y = net(tape.input(Tensor::from({2, 2}, {0, 1, 4, 1})));
  CHECK(y.shape() == Shape{2, 2});
  tape.backward(sum(y));
  CHECK(net.parameters()[0]->grad.shape() == Shape{5, 3});
}

TEST_CASE("Embedding refuses sizes below 1, and an index that it does not have at the line of its call") {
  CHECK_THROWS_WITH_AS((Embedding{0, 2}), doctest::Contains("count is 0, it must be 1 or more"), Error);
  CHECK_THROWS_WITH_AS((Embedding{3, -1}), doctest::Contains("Embedding (test_embedding.cpp:"), Error);
  Embedding layer{3, 2};
  Tape tape;
  const Var indices = tape.input(Tensor::full({1}, 3));
  CHECK_THROWS_WITH_AS(layer(indices), doctest::Contains("embedding (test_embedding.cpp:"), Error);
  CHECK_THROWS_WITH_AS(layer(indices), doctest::Contains("index[0] is 3, a whole number of 0 to 2 is wanted"),
                       Error);
}
