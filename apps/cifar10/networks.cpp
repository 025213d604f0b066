#include "cifar10/networks.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace reel::apps {
namespace {

constexpr double kFastNormMomentum = 0.4;  // follows weights that change much within few steps

void add_residual_block(Sequential& blocks, Index in, Index out, Index stride) {
  Sequential body{ConvNormReLU{in, out, 3, {.stride = stride, .padding = 1}},
                  Conv2d{out, out, 3, {.padding = 1, .bias = false}}, BatchNorm2d{out}};
  if (in == out) {
    blocks.push_back(Residual{std::move(body)});
  } else {
    blocks.push_back(
        Residual{std::move(body),
                 Sequential{Conv2d{in, out, 1, {.stride = stride, .bias = false}}, BatchNorm2d{out}}});
  }
  blocks.push_back(ReLU{});
}

// Makes the first outputs of a 3x3 convolution its inputs, unchanged.
void start_as_identity(Conv2d& conv) {
  Tensor& weight = conv.weight.value;  // [out,in,3,3]
  const Index inputs = weight.size(1);
  Scalar* values = weight.mutable_data();
  std::fill(values, values + inputs * inputs * 9, Scalar{0});
  for (Index c = 0; c < inputs; c++) values[(c * inputs + c) * 9 + 4] = 1;
}

}  // namespace

VggBn::VggBn() {
  Index in = 3;
  for (const Index out : {64, 128, 256}) {
    features.push_back(ConvNormReLU{in, out, 3, {.padding = 1}});
    features.push_back(ConvNormReLU{out, out, 3, {.padding = 1}});
    features.push_back(MaxPool2d{2});
    in = out;
  }
}

ResNet::ResNet(int blocks_per_width) {
  Index in = 16;
  for (const Index out : {16, 32, 64}) {
    for (int i = 0; i < blocks_per_width; i++) {
      add_residual_block(blocks, in, out, in == out ? 1 : 2);
      in = out;
    }
  }
}

SeparableNet::SeparableNet() {
  Index in = 32;
  for (const auto& [out, stride] : {std::pair<Index, Index>{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}}) {
    blocks.push_back(ConvNormReLU{in, in, 3, {.stride = stride, .padding = 1, .groups = in}});
    blocks.push_back(ConvNormReLU{in, out, 1});
    in = out;
  }
}

FastBlock::FastBlock(Index in, Index out)
    : conv1(add("conv1", Conv2d{in, out, 3, {.padding = 1, .bias = false}})),
      norm1(add("norm1", BatchNorm2d{out, {.momentum = kFastNormMomentum}})),
      conv2(add("conv2", Conv2d{out, out, 3, {.padding = 1, .bias = false}})),
      norm2(add("norm2", BatchNorm2d{out, {.momentum = kFastNormMomentum}})) {
  for (Conv2d* conv : {&conv1, &conv2}) start_as_identity(*conv);
  for (BatchNorm2d* norm : {&norm1, &norm2}) norm->weight.trainable = false;  // the next layer scales
}

FastNet::FastNet(Index width1, Index width2, Index width3)
    : block1(add("block1", FastBlock{24, width1})),
      block2(add("block2", FastBlock{width1, width2})),
      block3(add("block3", FastBlock{width2, width3})),
      classifier(add("classifier", Linear{width3, 10, {.bias = false}})) {
  whiten.weight.trainable = false;
}

namespace {

using Maker = std::function<std::unique_ptr<Module>()>;

const std::map<std::string, Maker>& makers() {
  static const std::map<std::string, Maker> all{
      {"tutorial", [] { return std::make_unique<TutorialNet>(); }},
      {"vgg_bn", [] { return std::make_unique<VggBn>(); }},
      {"resnet20", [] { return std::make_unique<ResNet>(3); }},
      {"resnet32", [] { return std::make_unique<ResNet>(5); }},
      {"separable", [] { return std::make_unique<SeparableNet>(); }},
      {"fast", [] { return std::make_unique<FastNet>(64, 256, 256); }},
      {"wide", [] { return std::make_unique<FastNet>(128, 384, 512); }},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const auto& [name, maker] : makers()) found.push_back(name);
    return found;
  }();
  return names;
}

std::unique_ptr<Module> make_network(const std::string& name) { return makers().at(name)(); }

}  // namespace reel::apps
