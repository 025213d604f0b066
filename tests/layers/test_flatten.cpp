#include <doctest/doctest.h>
#include <reel/layers/flatten.h>

using namespace reel;

TEST_CASE("Flatten joins the dimensions from start_dim") {
  Tape tape;
  const Var x = tape.input(Tensor::zeros({2, 3, 4, 5}));
  CHECK(Flatten{}(x).shape() == Shape{2, 60});
  CHECK((Flatten{2})(x).shape() == Shape{2, 3, 20});
}
