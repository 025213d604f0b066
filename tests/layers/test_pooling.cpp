#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/pooling.h>

using namespace reel;

TEST_CASE("The pooling layers pool as the ops do") {
  Tape tape;
  const Var x = tape.input(Tensor::arange(16).reshape({1, 1, 4, 4}));
  CHECK((MaxPool2d{2})(x).value().at(0, 0, 1, 1) == 15);
  CHECK((MaxPool2d{3, {.stride = 1}})(x).shape() == Shape{1, 1, 2, 2});
  CHECK((AvgPool2d{2})(x).value().at(0, 0, 0, 0) == 2.5);
  CHECK((AvgPool2d{{2, 4}, {.stride = Size2{1, 4}}})(x).shape() == Shape{1, 1, 3, 1});
  CHECK((AdaptiveAvgPool2d{2})(x).value().at(0, 0, 1, 1) == 12.5);
  CHECK((AdaptiveAvgPool2d{{3, 1}})(x).shape() == Shape{1, 1, 3, 1});
  CHECK((GlobalAvgPool2d{})(x).value().at(0, 0, 0, 0) == 7.5);
}

TEST_CASE("The pooling layers refuse arguments that make no sense") {
  const auto message = [](const char* words) { return doctest::Contains(words); };
  CHECK_THROWS_WITH_AS((MaxPool2d{0}), message("MaxPool2d (test_pooling.cpp:"), Error);
  CHECK_THROWS_WITH_AS((MaxPool2d{2, {.stride = 0}}), message("stride is 0x0"), Error);
  CHECK_THROWS_WITH_AS((MaxPool2d{2, {.padding = 2}}), message("half of kernel 2x2"), Error);
  CHECK_THROWS_WITH_AS((MaxPool2d{2, {.padding = -1}}), message("padding is -1"), Error);
  CHECK_THROWS_WITH_AS((MaxPool2d{2, {.dilation = 0}}), message("dilation is 0x0"), Error);
  CHECK_THROWS_WITH_AS((AvgPool2d{{2, 0}}), message("AvgPool2d (test_pooling.cpp:"), Error);
  CHECK_THROWS_WITH_AS((AdaptiveAvgPool2d{0}), message("AdaptiveAvgPool2d (test_pooling.cpp:"), Error);
}

TEST_CASE("The stride of a pooling may stand behind its kernel, as in PyTorch") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({1, 1, 7, 7}));
  CHECK(max_pool2d(x, 3, 2).shape() == Shape{1, 1, 3, 3});
  CHECK(avg_pool2d(x, {3, 1}, 2).shape() == Shape{1, 1, 3, 4});
  CHECK((MaxPool2d{3, 2})(x).shape() == Shape{1, 1, 3, 3});
  CHECK((AvgPool2d{3, 2})(x).shape() == Shape{1, 1, 3, 3});
  CHECK_THROWS_WITH_AS((MaxPool2d{3, 0}), doctest::Contains("MaxPool2d (test_pooling.cpp:"), Error);
}
