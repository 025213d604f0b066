#include <doctest/doctest.h>

#include <cmath>

#include <reel/core/error.h>
#include <reel/layers/conv1d.h>

using namespace reel;

TEST_CASE("Conv1d passes every option on to the op") {
  Conv1d layer{4, 6, 3, {.stride = 2, .padding = 1, .dilation = 3, .groups = 2}};
  CHECK(layer.weight.value.shape() == Shape{6, 2, 3});
  CHECK(layer.bias.value.shape() == Shape{6});
  Tape tape;
  CHECK(layer(tape.input(Tensor::zeros({2, 4, 9}))).shape() == Shape{2, 6, 3});
}

TEST_CASE("Conv1d's weight and bias start within PyTorch's bound") {
  Conv1d layer{4, 64, 4, {.groups = 2}};
  const Scalar bound = 1 / std::sqrt(Scalar(8));
  Scalar largest = 0;
  for (const Parameter* parameter : layer.parameters()) {
    for (const Scalar w : parameter->value.values()) largest = std::max(largest, std::abs(w));
  }
  CHECK(largest <= bound);
  CHECK(largest > Scalar(0.9) * bound);
}

TEST_CASE("Conv1d without bias has one parameter") {
  Conv1d layer{1, 2, 3, {.bias = false}};
  CHECK(layer.parameters().size() == 1);
  Tape tape;
  CHECK(layer(tape.input(Tensor::zeros({1, 1, 3}))).shape() == Shape{1, 2, 1});
}

TEST_CASE("Conv1d refuses arguments that make no sense, and what it is called with") {
  const auto message = [](const char* words) { return doctest::Contains(words); };
  CHECK_THROWS_WITH_AS((Conv1d{0, 2, 3}), message("Conv1d (test_conv1d.cpp:"), Error);
  CHECK_THROWS_WITH_AS((Conv1d{1, -2, 3}), message("out is -2, it must be 1 or more"), Error);
  CHECK_THROWS_WITH_AS((Conv1d{1, 2, 0}), message("kernel is 0, it must be"), Error);
  CHECK_THROWS_WITH_AS((Conv1d{1, 2, 3, {.stride = 0}}), message("stride is 0, it must be"), Error);
  CHECK_THROWS_WITH_AS((Conv1d{1, 2, 3, {.padding = -1}}), message("padding is -1, it must be"), Error);
  CHECK_THROWS_WITH_AS((Conv1d{4, 6, 3, {.groups = 4}}), message("4 groups cannot share 6 output channels"),
                       Error);
  Conv1d layer{4, 6, 3};
  Tape tape;
  CHECK_THROWS_WITH_AS(layer(tape.input(Tensor::zeros({4, 9}))), message("conv1d (test_conv1d.cpp:"),
                       ShapeError);
}
