// Ten steps of training with the installed library.
#include <reel/reel.h>

int main() {
  reel::seed(1);
  reel::Parameter weight{"weight", reel::Tensor::rand({4, 3}, 1, 2)};
  const reel::Tensor target = reel::Tensor::ones({4, 3});
  double first = 0, last = 0;
  for (int step = 0; step < 10; step++) {
    reel::Tape tape;
    const reel::Var y = tape.parameter(weight);
    reel::Tensor error = y.value().clone();
    last = 0;
    for (reel::Index i = 0; i < error.numel(); i++) {
      error.data()[i] -= 1;
      last += error.data()[i] * error.data()[i];
    }
    if (step == 0) first = last;
    weight.grad = {};
    tape.backward(y, error);
    for (reel::Index i = 0; i < error.numel(); i++)
      weight.value.data()[i] -= reel::Scalar(0.1) * weight.grad.data()[i];
  }
  fmt::print("squared error {:.4f} -> {:.4f}\n", first, last);
  return last < first ? 0 : 1;
}
