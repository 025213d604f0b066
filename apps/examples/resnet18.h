// ResNet-18 under the names of torchvision's, so that its weights load as they are.
#pragma once

#include <reel/reel.h>

namespace examples {

/// Two 3x3 convolutions beside a shortcut. He, Zhang, Ren and Sun, arXiv:1512.03385.
struct BasicBlock : reel::Module {
  reel::Conv2d &conv1, &conv2;
  reel::BatchNorm2d &bn1, &bn2;
  reel::Sequential* downsample = nullptr;

  BasicBlock(reel::Index in, reel::Index out, reel::Index stride)
      : conv1(add("conv1", reel::Conv2d{in, out, 3, {.stride = stride, .padding = 1, .bias = false}})),
        conv2(add("conv2", reel::Conv2d{out, out, 3, {.padding = 1, .bias = false}})),
        bn1(add("bn1", reel::BatchNorm2d{out})),
        bn2(add("bn2", reel::BatchNorm2d{out})) {
    if (stride == 1 && in == out) return;
    downsample =
        &add("downsample", reel::Sequential{reel::Conv2d{in, out, 1, {.stride = stride, .bias = false}},
                                            reel::BatchNorm2d{out}});
  }

  reel::Var forward(reel::Var x) override {
    const reel::Var y = bn2(conv2(relu(bn1(conv1(x)))));
    return relu(y + (downsample ? (*downsample)(x) : x));
  }
};

/// x [N,3,H,W] -> logits [N,classes]. torchvision's has a width of 64 and 1000 classes.
struct ResNet18 : reel::Module {
  reel::Conv2d& conv1;
  reel::BatchNorm2d& bn1;
  reel::Sequential &layer1, &layer2, &layer3, &layer4;
  reel::Linear& fc;

  explicit ResNet18(reel::Index width = 64, reel::Index classes = 1000)
      : conv1(add("conv1", reel::Conv2d{3, width, 7, {.stride = 2, .padding = 3, .bias = false}})),
        bn1(add("bn1", reel::BatchNorm2d{width})),
        layer1(add("layer1", layer(width, width, 1))),
        layer2(add("layer2", layer(width, 2 * width, 2))),
        layer3(add("layer3", layer(2 * width, 4 * width, 2))),
        layer4(add("layer4", layer(4 * width, 8 * width, 2))),
        fc(add("fc", reel::Linear{8 * width, classes})) {}

  /// [N, 8 width]: what the last layer sees.
  reel::Var features(reel::Var x) {
    x = max_pool2d(relu(bn1(conv1(x))), 3, {.stride = 2, .padding = 1});
    return flatten(global_avg_pool2d(layer4(layer3(layer2(layer1(x))))));
  }
  reel::Var forward(reel::Var x) override { return fc(features(x)); }

 private:
  static reel::Sequential layer(reel::Index in, reel::Index out, reel::Index stride) {
    return reel::Sequential{BasicBlock{in, out, stride}, BasicBlock{out, out, 1}};
  }
};

}  // namespace examples
