// The small networks of the programs on 28x28 grey images: x [N,1,28,28] -> logits [N,10].
#pragma once

#include <memory>
#include <string>

#include <reel/reel.h>

namespace reel::apps {

/// What they have in common: while training, this share of the last hidden units is dropped.
struct DigitModel : Module {
  double dropped = 0;

 protected:
  Var drop(Var x) const { return dropout(x, dropped, is_training()); }
};

/// LeNet-5 with ReLU and max-pooling. LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
/// document recognition", 1998.
struct LeNet : DigitModel {
  Conv2d& conv1 = add("conv1", Conv2d{1, 6, 5, {.padding = 2}});
  Conv2d& conv2 = add("conv2", Conv2d{6, 16, 5});
  Linear& fc1 = add("fc1", Linear{400, 120});
  Linear& fc2 = add("fc2", Linear{120, 84});
  Linear& fc3 = add("fc3", Linear{84, 10});

  Var forward(Var x) override {
    x = max_pool2d(relu(conv1(x)), 2);     // [N,6,14,14]
    x = max_pool2d(relu(conv2(x)), 2);     // [N,16,5,5]
    x = relu(fc2(relu(fc1(flatten(x)))));  // [N,84]
    return fc3(drop(x));
  }
};

/// The two wide 3x3 convolutions of many frameworks' MNIST examples.
struct DigitCnn : DigitModel {
  Conv2d& conv1 = add("conv1", Conv2d{1, 32, 3});
  Conv2d& conv2 = add("conv2", Conv2d{32, 64, 3});
  Linear& fc1 = add("fc1", Linear{9216, 128});
  Linear& fc2 = add("fc2", Linear{128, 10});

  Var forward(Var x) override {
    x = max_pool2d(relu(conv2(relu(conv1(x)))), 2);  // [N,64,12,12]
    return fc2(drop(relu(fc1(flatten(x)))));
  }
};

/// Two hidden layers, 300 and 100 units; no convolution.
struct DigitMlp : DigitModel {
  Linear& fc1 = add("fc1", Linear{784, 300});
  Linear& fc2 = add("fc2", Linear{300, 100});
  Linear& fc3 = add("fc3", Linear{100, 10});

  Var forward(Var x) override { return fc3(drop(relu(fc2(relu(fc1(flatten(x))))))); }
};

/// "lenet", "cnn" or "mlp"; the command line has checked the name.
inline std::unique_ptr<DigitModel> make_digit_model(const std::string& name) {
  if (name == "cnn") return std::make_unique<DigitCnn>();
  if (name == "mlp") return std::make_unique<DigitMlp>();
  return std::make_unique<LeNet>();
}

}  // namespace reel::apps
