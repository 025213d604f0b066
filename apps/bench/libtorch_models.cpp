// The benchmark's peer: the same networks, training steps and timing in libtorch. `bench peers` runs it.
//
//   OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 bench_libtorch --threads 1 --only resnet20
#include <map>

#include <fmt/format.h>
#include <torch/torch.h>

#include "common/program.h"
#include "models.h"

namespace {

namespace apps = reel::apps;
namespace nn = torch::nn;

nn::Conv2d conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t padding,
                std::int64_t stride = 1, std::int64_t groups = 1) {
  return nn::Conv2d(
      nn::Conv2dOptions(in, out, kernel).padding(padding).stride(stride).groups(groups).bias(false));
}

void add_conv_bn_relu(nn::Sequential& net, const nn::Conv2d& convolution) {
  net->push_back(convolution);
  net->push_back(nn::BatchNorm2d(convolution->options.out_channels()));
  net->push_back(nn::ReLU());
}

void add_classifier(nn::Sequential& net, std::int64_t channels) {
  net->push_back(nn::AdaptiveAvgPool2d(1));
  net->push_back(nn::Flatten());
  net->push_back(nn::Linear(channels, 10));
}

nn::Sequential lenet() {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 6, 5).padding(2)), nn::ReLU(), nn::MaxPool2d(2),
                        nn::Conv2d(6, 16, 5), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                        nn::Linear(400, 120), nn::ReLU(), nn::Linear(120, 84), nn::ReLU(),
                        nn::Linear(84, 10));
}

nn::Sequential mnist_cnn() {
  return nn::Sequential(nn::Conv2d(1, 32, 3), nn::ReLU(), nn::Conv2d(32, 64, 3), nn::ReLU(), nn::MaxPool2d(2),
                        nn::Flatten(), nn::Linear(9216, 128), nn::ReLU(), nn::Linear(128, 10));
}

nn::Sequential cifar_tutorial() {
  return nn::Sequential(nn::Conv2d(3, 6, 5), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(6, 16, 5), nn::ReLU(),
                        nn::MaxPool2d(2), nn::Flatten(), nn::Linear(400, 120), nn::ReLU(),
                        nn::Linear(120, 84), nn::ReLU(), nn::Linear(84, 10));
}

nn::Sequential vgg_bn() {
  nn::Sequential net;
  std::int64_t in = 3;
  for (const std::int64_t out : {64, 128, 256}) {
    add_conv_bn_relu(net, conv(in, out, 3, 1));
    add_conv_bn_relu(net, conv(out, out, 3, 1));
    net->push_back(nn::MaxPool2d(2));
    in = out;
  }
  net->push_back(nn::Flatten());
  net->push_back(nn::Linear(4096, 10));
  return net;
}

// relu(body(x) + shortcut(x)); an empty shortcut is x itself.
struct BlockImpl : nn::Module {
  BlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride) {
    add_conv_bn_relu(body, conv(in, out, 3, 1, stride));
    body->push_back(conv(out, out, 3, 1));
    body->push_back(nn::BatchNorm2d(out));
    register_module("body", body);
    if (in == out) return;
    shortcut->push_back(conv(in, out, 1, 0, stride));
    shortcut->push_back(nn::BatchNorm2d(out));
    register_module("shortcut", shortcut);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return torch::relu(body->forward(x) + (shortcut->is_empty() ? x : shortcut->forward(x)));
  }
  nn::Sequential body, shortcut;
};
TORCH_MODULE(Block);

nn::Sequential resnet20() {
  nn::Sequential net;
  add_conv_bn_relu(net, conv(3, 16, 3, 1));
  std::int64_t in = 16;
  for (const std::int64_t out : {16, 32, 64}) {
    for (int block = 0; block < 3; block++) {
      net->push_back(Block(in, out, in == out ? 1 : 2));
      in = out;
    }
  }
  add_classifier(net, in);
  return net;
}

nn::Sequential depthwise_separable() {
  nn::Sequential net;
  add_conv_bn_relu(net, conv(3, 32, 3, 1));
  std::int64_t in = 32;
  for (const auto& [out, stride] : {std::pair{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}}) {
    add_conv_bn_relu(net, conv(in, in, 3, 1, stride, in));
    add_conv_bn_relu(net, conv(in, out, 1, 0));
    in = out;
  }
  add_classifier(net, in);
  return net;
}

apps::ModelTime time_libtorch_model(const apps::Network& network, reel::Index batch) {
  static const std::map<std::string, nn::Sequential (*)()> makers{
      {"lenet", lenet},   {"mnist_cnn", mnist_cnn}, {"cifar_tutorial", cifar_tutorial},
      {"vgg_bn", vgg_bn}, {"resnet20", resnet20},   {"depthwise_separable", depthwise_separable}};
  nn::Sequential net = makers.at(network.name)();
  const torch::Tensor images = torch::randn({batch, network.channels, network.side, network.side});
  const torch::Tensor labels = torch::arange(batch, torch::kLong).mul(7).remainder(10);
  torch::optim::SGD sgd(net->parameters(), torch::optim::SGDOptions(0.01).momentum(0.9));
  reel::Index numbers = 0;
  for (const torch::Tensor& parameter : net->parameters()) numbers += parameter.numel();
  apps::ModelTime time{fmt::format("libtorch {}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR), network.name,
                       batch, torch::get_num_threads(), numbers};
  apps::time_training(time, [&] {
    sgd.zero_grad();
    const torch::Tensor loss = nn::functional::cross_entropy(net->forward(images), labels);
    loss.backward();
    sgd.step();
    return loss.item<double>();
  });
  net->eval();
  apps::time_inference(time, [&] {
    const torch::NoGradGuard no_grad;
    net->forward(images);
  });
  return time;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures how fast libtorch trains the networks of bench models.", "bench_libtorch"};
  app.footer("Example: bench_libtorch --threads 1 --only resnet20");
  apps::CommonFlags common;
  apps::add_common_flags(app, common);
  apps::ModelFlags models;
  apps::add_model_flags(app, models);
  return apps::run_program(app, argc, argv, [&] {
    if (common.threads > 0) torch::set_num_threads(common.threads);
    torch::manual_seed(common.seed);
    apps::run_models(models, time_libtorch_model);
    return 0;
  });
}
