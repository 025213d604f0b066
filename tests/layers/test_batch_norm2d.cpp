#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/batch_norm2d.h>

#include <cmath>

#include "close.h"

using namespace reel;

TEST_CASE("BatchNorm2d tracks the batches while training only") {
  BatchNorm2d layer{2, {.momentum = 0.5}};
  Tape tape;
  const Var x = tape.input(Tensor::from({2, 2}, {0, 4, 2, 8}));
  layer(x);
  CHECK(layer.num_batches_tracked == 1);
  CHECK(layer.running_mean.at(0) == 0.5);
  CHECK(layer.running_mean.at(1) == 3);
  CHECK_CLOSE(layer.running_var.at(0), 0.5 * 1 + 0.5 * 2);
  CHECK_CLOSE(layer.running_var.at(1), 0.5 * 1 + 0.5 * 8);
  layer.eval();
  const Tensor y = layer(x).value();
  CHECK(layer.num_batches_tracked == 1);
  CHECK(layer.running_mean.at(0) == 0.5);
  CHECK_CLOSE(y.at(0, 0), -0.5 / std::sqrt(1.5 + 1e-5));
}

TEST_CASE("A batch that BatchNorm2d refuses is not counted") {
  BatchNorm2d layer{2};
  Tape tape;
  CHECK_THROWS_AS(layer(tape.input(Tensor::zeros({1, 2}))), ShapeError);
  CHECK(layer.num_batches_tracked == 0);
}

TEST_CASE("A BatchNorm2d that has counted to 2^53 trains no further, and still evaluates") {
  BatchNorm2d layer{1};
  layer.num_batches_tracked = std::int64_t{1} << 53;
  Tape tape;
  const Var x = tape.input(Tensor::from({2, 1}, {0, 2}));
  CHECK_THROWS_WITH_AS(layer(x), doctest::Contains("num_batches_tracked is 9007199254740992"), Error);
  CHECK(layer.num_batches_tracked == std::int64_t{1} << 53);
  CHECK(layer.running_mean.item() == 0);
  layer.eval();
  CHECK(layer(x).numel() == 2);
}

TEST_CASE("BatchNorm2d has parameters only where affine, and buffers always") {
  CHECK((BatchNorm2d{3}).parameters().size() == 2);
  BatchNorm2d plain{3, {.affine = false}};
  CHECK(plain.parameters().empty());
  CHECK_FALSE(plain.weight.defined());
  CHECK(plain.buffers().size() == 2);
  Tape tape;
  CHECK_CLOSE(plain(tape.input(Tensor::arange(6).reshape({2, 3}))).value().at(0, 0),
              -1.5 / std::sqrt(2.25 + 1e-5));
}

TEST_CASE("BatchNorm2d refuses arguments that make no sense") {
  CHECK_THROWS_WITH_AS((BatchNorm2d{0}), doctest::Contains("channels is 0"), Error);
  CHECK_THROWS_WITH_AS((BatchNorm2d{2, {.eps = -1}}), doctest::Contains("eps is -1"), Error);
  CHECK_THROWS_WITH_AS((BatchNorm2d{2, {.momentum = 2}}), doctest::Contains("momentum is 2"), Error);
}
