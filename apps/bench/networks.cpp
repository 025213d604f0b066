#include "networks.h"

#include <utility>

namespace reel::apps {
namespace {

Sequential lenet() {
  return Sequential{Conv2d{1, 6, 5, {.padding = 2}},
                    ReLU{},
                    MaxPool2d{2},
                    Conv2d{6, 16, 5},
                    ReLU{},
                    MaxPool2d{2},
                    Flatten{},
                    Linear{400, 120},
                    ReLU{},
                    Linear{120, 84},
                    ReLU{},
                    Linear{84, 10}};
}

Sequential mnist_cnn() {
  return Sequential{Conv2d{1, 32, 3},  ReLU{}, Conv2d{32, 64, 3}, ReLU{}, MaxPool2d{2}, Flatten{},
                    Linear{9216, 128}, ReLU{}, Linear{128, 10}};
}

Sequential cifar_tutorial() {
  return Sequential{Conv2d{3, 6, 5}, ReLU{},          MaxPool2d{2}, Conv2d{6, 16, 5},
                    ReLU{},          MaxPool2d{2},    Flatten{},    Linear{400, 120},
                    ReLU{},          Linear{120, 84}, ReLU{},       Linear{84, 10}};
}

void add_conv_bn_relu(Sequential& net, Conv2d conv, Index channels) {
  net.push_back(std::move(conv));
  net.push_back(BatchNorm2d{channels});
  net.push_back(ReLU{});
}

Sequential vgg_bn() {
  Sequential net;
  Index in = 3;
  for (const Index out : {64, 128, 256}) {
    add_conv_bn_relu(net, Conv2d{in, out, 3, {.padding = 1, .bias = false}}, out);
    add_conv_bn_relu(net, Conv2d{out, out, 3, {.padding = 1, .bias = false}}, out);
    net.push_back(MaxPool2d{2});
    in = out;
  }
  net.push_back(Flatten{});
  net.push_back(Linear{4096, 10});
  return net;
}

// He et al., arXiv:1512.03385, with a projection where the shape changes.
void add_block(Sequential& net, Index in, Index out, Index stride) {
  Sequential body{Conv2d{in, out, 3, {.stride = stride, .padding = 1, .bias = false}}, BatchNorm2d{out},
                  ReLU{}, Conv2d{out, out, 3, {.padding = 1, .bias = false}}, BatchNorm2d{out}};
  if (in == out) {
    net.push_back(Residual{std::move(body)});
  } else {
    net.push_back(Residual{std::move(body), Sequential{Conv2d{in, out, 1, {.stride = stride, .bias = false}},
                                                       BatchNorm2d{out}}});
  }
  net.push_back(ReLU{});
}

Sequential resnet20() {
  Sequential net;
  add_conv_bn_relu(net, Conv2d{3, 16, 3, {.padding = 1, .bias = false}}, 16);
  Index in = 16;
  for (const Index out : {16, 32, 64}) {
    for (int block = 0; block < 3; block++) {
      add_block(net, in, out, in == out ? 1 : 2);
      in = out;
    }
  }
  net.push_back(GlobalAvgPool2d{});
  net.push_back(Flatten{});
  net.push_back(Linear{64, 10});
  return net;
}

// Howard et al., arXiv:1704.04861: a 3x3 convolution of each channel alone, then a 1x1 across the channels.
Sequential depthwise_separable() {
  Sequential net;
  add_conv_bn_relu(net, Conv2d{3, 32, 3, {.padding = 1, .bias = false}}, 32);
  Index in = 32;
  for (const auto& [out, stride] : {std::pair<Index, Index>{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}}) {
    add_conv_bn_relu(net, Conv2d{in, in, 3, {.stride = stride, .padding = 1, .groups = in, .bias = false}},
                     in);
    add_conv_bn_relu(net, Conv2d{in, out, 1, {.bias = false}}, out);
    in = out;
  }
  net.push_back(GlobalAvgPool2d{});
  net.push_back(Flatten{});
  net.push_back(Linear{256, 10});
  return net;
}

}  // namespace

const std::vector<Network>& networks() {
  const auto maker = [](Sequential (*make)()) {
    return [make] { return std::make_unique<Sequential>(make()); };
  };
  static const std::vector<Network> all{
      {"lenet", 1, 28, {1, 64}, maker(lenet)},
      {"mnist_cnn", 1, 28, {64}, maker(mnist_cnn)},
      {"cifar_tutorial", 3, 32, {4, 64}, maker(cifar_tutorial)},
      {"vgg_bn", 3, 32, {128}, maker(vgg_bn)},
      {"resnet20", 3, 32, {128}, maker(resnet20)},
      {"depthwise_separable", 3, 32, {64}, maker(depthwise_separable)},
  };
  return all;
}

}  // namespace reel::apps
