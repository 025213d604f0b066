// The kernels that the benchmark measures, each ready to run on arrays of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace reel::apps {

/// "forward", the gradient of the "input" or of the "weight", "backward" for both, or an optimiser's "step".
struct Pass {
  std::string name;
  double work;                ///< of one run: floating-point operations or bytes
  std::function<void()> run;  ///< empty where no network needs the pass
};

struct Kernel {
  std::string op, shape;  ///< "conv2d", "resnet20 3x3 16->32 s2 32x32 b128": the first network that has it
  bool arithmetic;        ///< bound by multiply-adds, whose operations count; else by memory, whose bytes do
  std::function<std::vector<Pass>()> prepare;  ///< allocates the arrays, which live as long as the passes
};

/// Every distinct one of the six networks, a headline convolution and the optimisers.
std::vector<Kernel> kernel_list();

}  // namespace reel::apps
