#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/linear.h>
#include <reel/layers/residual.h>

using namespace reel;

namespace {

Linear scale(Scalar factor) {
  Linear layer{1, 1, {.bias = false}};
  layer.weight.value.fill(factor);
  return layer;
}

}  // namespace

TEST_CASE("Residual adds its input, or the shortcut's result, to the body's") {
  Residual plain{scale(3)}, projected{scale(3), scale(10)};
  Tape tape;
  const Var x = tape.input(Tensor::full({1, 1}, 2));
  CHECK(plain(x).item() == 8);
  CHECK(projected(x).item() == 26);
  CHECK(projected.named_parameters()[0].first == "body.weight");
  CHECK(projected.named_parameters()[1].first == "shortcut.weight");
}

TEST_CASE("A Residual whose body changes the shape says so") {
  Residual wrong{Linear{2, 3}};
  Tape tape;
  CHECK_THROWS_WITH_AS(wrong(tape.input(Tensor::zeros({1, 2}))), doctest::Contains("add"), ShapeError);
}
