// A network whose gradients come together in every way, its data, and comparisons.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include <reel/reel.h>

namespace reel_test {

constexpr reel::Index kSamples = 44, kBatch = 12;  // the last batch has 8

/// Convolution, batch norm, a weight that is used twice, and one that the loss does not need.
struct ShardNet : reel::Module {
  reel::Conv2d& conv = add("conv", reel::Conv2d{1, 3, 5, {.stride = 3}});
  reel::BatchNorm2d& norm = add("norm", reel::BatchNorm2d{3});
  reel::Linear& twice = add("twice", reel::Linear{3, 3});
  reel::Linear& last = add("last", reel::Linear{3, 10});
  reel::Linear& unused = add("unused", reel::Linear{2, 2});

  reel::Var forward(reel::Var x) override {
    x = global_avg_pool2d(relu(norm(conv(x))));
    return last(twice(relu(twice(flatten(x)))));
  }
};

inline std::unique_ptr<ShardNet> make_net() {
  reel::seed(7);
  return std::make_unique<ShardNet>();
}

inline std::vector<std::unique_ptr<ShardNet>> make_nets(int count) {
  std::vector<std::unique_ptr<ShardNet>> nets;
  for (int i = 0; i < count; i++) nets.push_back(make_net());
  return nets;
}

inline reel::ShardFunction loss_of(reel::Module& net) {
  return [&net](reel::Tape& tape, const reel::Batch& shard) {
    return cross_entropy(net(tape.input(shard.images)), shard.labels);
  };
}

inline const reel::GeneratedDigits& digits() {
  static const reel::GeneratedDigits all{kSamples, 3};
  return all;
}

inline reel::LoaderOptions shuffled() {
  return {.batch = kBatch, .shuffle = true, .seed = 5, .transform = reel::random_crop({.padding = 2})};
}

/// Of the same shape, too.
inline bool same_bits(const reel::Tensor& a, const reel::Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(std::as_bytes(a.values()), std::as_bytes(b.values()));
}

}  // namespace reel_test
