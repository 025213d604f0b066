// A network and a data set of a few numbers, so that a training takes no time.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <reel/core/io/state.h>
#include <reel/core/ops/ops.h>
#include <reel/datasets/dataset.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/linear.h>

namespace reel_test {

/// Four images [1,2,2] of two classes.
struct FourImages : reel::LabelledImages {
  reel::Index size() const override { return 4; }
  reel::Shape sample_shape() const override { return {1, 2, 2}; }
  void read(reel::Index i, std::span<reel::Scalar> pixels) const override {
    std::ranges::fill(pixels, static_cast<reel::Scalar>(i) / 4);
  }
  int label(reel::Index i) const override { return static_cast<int>(i % 2); }
  const std::vector<std::string>& class_names() const override {
    static const std::vector<std::string> names{"even", "odd"};
    return names;
  }
};

struct SmallNet : reel::Module {
  reel::BatchNorm2d& norm = add("norm", reel::BatchNorm2d{1});
  reel::Linear& fc = add("fc", reel::Linear{4, 2});
  reel::Var forward(reel::Var x) override { return fc(flatten(norm(x))); }
};

inline bool same(const reel::State& a, const reel::State& b) {
  const auto same_bits = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.shape() == y.second.shape() &&
           std::ranges::equal(std::as_bytes(x.second.values()), std::as_bytes(y.second.values()));
  };
  return a.integers == b.integers && a.reals == b.reals && a.texts == b.texts &&
         std::ranges::equal(a.tensors, b.tensors, same_bits);
}

}  // namespace reel_test
