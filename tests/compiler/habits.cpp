// What is written by habit and does not compile: each line wants its sentence in the compiler's output; see tests.cmake.
#include <reel/reel.h>

using namespace reel;

void habits(Var x, Var weight, const std::vector<Var>& parts, Module& net, const Tensor& t) {
  cat({x, x}, 1);  // says: cat({a, b}, dim) is concat({a, b}, dim)
  cat(parts, 1);   // says: cat(parts, dim) is concat(parts, dim)
  manual_seed(1);  // says: manual_seed(n) is seed(n)
  conv2d(x, weight, weight, 2,
         1);              // says: options have names: conv2d(x, weight, bias, {.stride = 2, .padding = 1})
  Conv2d{1, 6, 5, 2, 1};  // says: options have names: Conv2d{in, out, kernel, {.stride = 2, .padding = 1}}
  x.backward();           // says: loss.backward() is tape.backward(loss)
  x.view({1, -1});        // says: x.view(sizes) is reshape(x, sizes)
  SGD(net.parameters(), 0.1, 0.9);  // says: options have names: SGD(parameters, {.lr = 0.1})
  Adam(net.parameters(), 1e-3);     // says: options have names: Adam(parameters, {.lr = 0.1})
  AdamW(net.parameters(), 1e-3);    // says: options have names: AdamW(parameters, {.lr = 0.1})
  net(t);                           // says: net(tensor) is net(tape.input(tensor))
  random_crop(28, 2);               // says: options have names: random_crop({.padding = 2, .size = 28})
  RMSProp(net.parameters(), 1e-3);  // says: options have names: RMSProp(parameters, {.lr = 0.1})
}
