// The networks of the program: 32x32 colour images x [N,3,32,32] -> logits [N,10].
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <reel/reel.h>

namespace reel::apps {

/// The small network of PyTorch's CIFAR-10 tutorial: LeNet-5's shape on three channels.
struct TutorialNet : Module {
  Conv2d& conv1 = add("conv1", Conv2d{3, 6, 5});
  Conv2d& conv2 = add("conv2", Conv2d{6, 16, 5});
  Linear& fc1 = add("fc1", Linear{400, 120});
  Linear& fc2 = add("fc2", Linear{120, 84});
  Linear& fc3 = add("fc3", Linear{84, 10});

  Var forward(Var x) override {
    x = max_pool2d(relu(conv1(x)), 2);  // [N,6,14,14]
    x = max_pool2d(relu(conv2(x)), 2);  // [N,16,5,5]
    return fc3(relu(fc2(relu(fc1(flatten(x))))));
  }
};

/// A convolution without bias, since the batch norm after it has one, and a ReLU.
struct ConvNormReLU : Module {
  ConvNormReLU(Index in, Index out, Size2 kernel, Conv2dOptions options = {})
      : conv(add("conv", Conv2d{in, out, kernel, without_bias(options)})),
        norm(add("norm", BatchNorm2d{out})) {}

  Conv2d& conv;
  BatchNorm2d& norm;

  Var forward(Var x) override { return relu(norm(conv(x))); }

 private:
  static Conv2dOptions without_bias(Conv2dOptions options) {
    options.bias = false;
    return options;
  }
};

/// Pairs of 3x3 convolutions, 64, 128 and 256 channels wide. After Simonyan and Zisserman, arXiv:1409.1556.
struct VggBn : Module {
  Sequential& features = add("features", Sequential{});
  Linear& classifier = add("classifier", Linear{4096, 10});

  VggBn();
  Var forward(Var x) override { return classifier(flatten(features(x))); }
};

/// Residual blocks of two 3x3 convolutions, `blocks` for each of the widths 16, 32 and 64: 6 `blocks` + 2
/// layers. He, Zhang, Ren and Sun, arXiv:1512.03385, section 4.2, with 1x1 projections where the shape
/// changes.
struct ResNet : Module {
  ConvNormReLU& stem = add("stem", ConvNormReLU{3, 16, 3, {.padding = 1}});
  Sequential& blocks = add("blocks", Sequential{});
  Linear& classifier = add("classifier", Linear{64, 10});

  explicit ResNet(int blocks_per_width);
  Var forward(Var x) override { return classifier(flatten(global_avg_pool2d(blocks(stem(x))))); }
};

/// 3x3 convolutions of each channel alone and 1x1 convolutions across them in turn.
/// After Howard et al., "MobileNets", arXiv:1704.04861.
struct SeparableNet : Module {
  ConvNormReLU& stem = add("stem", ConvNormReLU{3, 32, 3, {.padding = 1}});
  Sequential& blocks = add("blocks", Sequential{});
  Linear& classifier = add("classifier", Linear{256, 10});

  SeparableNet();
  Var forward(Var x) override { return classifier(flatten(global_avg_pool2d(blocks(stem(x))))); }
};

/// Two 3x3 convolutions at half the size of their input; they start by passing their input on.
struct FastBlock : Module {
  FastBlock(Index in, Index out);

  Conv2d& conv1;
  BatchNorm2d& norm1;
  Conv2d& conv2;
  BatchNorm2d& norm2;

  Var forward(Var x) override {
    x = gelu(norm1(max_pool2d(conv1(x), 2)));
    return gelu(norm2(conv2(x)));
  }
};

/// A network that trains fast: fixed 2x2 filters that whiten the image, then three wide blocks.
/// After K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv:2404.00498, and D. Page, "How to
/// train your ResNet", 2018.
struct FastNet : Module {
  Conv2d& whiten = add("whiten", Conv2d{3, 24, 2});
  FastBlock& block1;
  FastBlock& block2;
  FastBlock& block3;
  Linear& classifier;

  /// Channels of the three blocks.
  FastNet(Index width1, Index width2, Index width3);
  Var forward(Var x) override {
    x = gelu(whiten(x));                              // [N,24,31,31]
    x = max_pool2d(block3(block2(block1(x))), 3);     // [N,width3,1,1]
    return classifier(flatten(x)) * Scalar(1.0 / 9);  // keeps the first losses small
  }
};

/// The names that make_network() knows.
const std::vector<std::string>& network_names();
std::unique_ptr<Module> make_network(const std::string& name);

}  // namespace reel::apps
