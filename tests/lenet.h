// LeNet-5 as golden/generate.py has it, name by name.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/linear.h>
#include <reel/layers/module.h>

namespace reel_test {

struct LeNet : reel::Module {
  reel::Conv2d& conv1 = add("conv1", reel::Conv2d{1, 6, 5, {.padding = 2}});
  reel::Conv2d& conv2 = add("conv2", reel::Conv2d{6, 16, 5});
  reel::Linear& fc1 = add("fc1", reel::Linear{400, 120});
  reel::Linear& fc2 = add("fc2", reel::Linear{120, 84});
  reel::Linear& fc3 = add("fc3", reel::Linear{84, 10});

  reel::Var forward(reel::Var x) override {  // [N,1,28,28]
    x = max_pool2d(relu(conv1(x)), 2);       // [N,6,14,14]
    x = max_pool2d(relu(conv2(x)), 2);       // [N,16,5,5]
    x = relu(fc2(relu(fc1(flatten(x)))));    // [N,84]
    return fc3(x);                           // [N,10] logits
  }
};

}  // namespace reel_test
