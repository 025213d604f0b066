#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/conv2d.h>

using namespace reel;

TEST_CASE("Conv2d passes every option on to the op") {
  Conv2d layer{4, 6, {3, 5}, {.stride = {1, 2}, .padding = {2, 1}, .dilation = {2, 1}, .groups = 2}};
  CHECK(layer.weight.value.shape() == Shape{6, 2, 3, 5});
  CHECK(layer.bias.value.shape() == Shape{6});
  Tape tape;
  CHECK(layer(tape.input(Tensor::zeros({2, 4, 9, 11}))).shape() == Shape{2, 6, 9, 5});
}

TEST_CASE("ConvTranspose2d passes every option on to the op") {
  ConvTranspose2d layer{4, 6, 3, {.stride = 2, .padding = 1, .groups = 2, .output_padding = 1}};
  CHECK(layer.weight.value.shape() == Shape{4, 3, 3, 3});
  CHECK(layer.bias.value.shape() == Shape{6});
  Tape tape;
  CHECK(layer(tape.input(Tensor::zeros({2, 4, 5, 7}))).shape() == Shape{2, 6, 10, 14});
}

TEST_CASE("Convolution layers without bias have one parameter") {
  CHECK((Conv2d{1, 2, 3, {.bias = false}}).parameters().size() == 1);
  CHECK((ConvTranspose2d{1, 2, 3, {.bias = false}}).parameters().size() == 1);
}

TEST_CASE("Conv2d refuses arguments that make no sense") {
  const auto message = [](const char* words) { return doctest::Contains(words); };
  CHECK_THROWS_WITH_AS((Conv2d{0, 2, 3}), message("Conv2d (test_conv2d.cpp:"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{1, -2, 3}), message("out is -2, it must be 1 or more"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{1, 2, {3, 0}}), message("kernel is 3x0"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{1, 2, 3, {.stride = 0}}), message("stride is 0x0"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{1, 2, 3, {.padding = -1}}),
                       message("padding is -1, -1, -1, -1 (top, bottom, left, right), 0 to 32768"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{1, 2, 3, {.dilation = 0}}), message("dilation is 0x0"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{4, 6, 3, {.groups = 4}}),
                       message("4 groups cannot share 6 output channels evenly"), Error);
  CHECK_THROWS_WITH_AS((Conv2d{4, 6, 3, {.groups = 0}}), message("0 groups"), Error);
}

TEST_CASE("ConvTranspose2d refuses arguments that make no sense") {
  CHECK_THROWS_WITH_AS((ConvTranspose2d{0, 2, 3}), doctest::Contains("ConvTranspose2d ("), Error);
  CHECK_THROWS_WITH_AS((ConvTranspose2d{1, 2, 3, {.stride = 2, .output_padding = 2}}),
                       doctest::Contains("output_padding is 2x2"), Error);
  CHECK_THROWS_AS((ConvTranspose2d{1, 2, 3, {.output_padding = -1}}), Error);
}
