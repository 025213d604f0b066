#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/optim/muon.h>
#include <reel/optim/schedule.h>

#include "close.h"
#include "uniform.h"

using namespace reel;
using doctest::Contains;
using reel_test::uniform;

namespace {

bool same_values(const Tensor& x, const Tensor& y) { return std::ranges::equal(x.values(), y.values()); }

// A matrix and a bias, with gradients.
struct TwoParameters {
  Parameter weight{.name = "weight", .value = uniform({4, 3}), .grad = uniform({4, 3}, -1, 1, 1)};
  Parameter bias{.name = "bias", .value = uniform({4}, -1, 1, 2), .grad = uniform({4}, -1, 1, 3)};
  std::vector<Parameter*> all() { return {&bias, &weight}; }
};

}  // namespace

TEST_CASE("A group of Muon with matrices and others is two groups, each with its own rate and momentum") {
  TwoParameters one, two;
  Parameter head{.name = "head", .value = uniform({2, 4})};
  Muon muon{{{one.all(), {.lr = 0.02, .momentum = 0.9, .adamw = {.lr = 3e-4, .beta1 = 0.8}}},
             {{&head}, {.lr = 5, .use_muon = false, .adamw = {.lr = 0.5}}},
             {{&two.weight}, {.lr = 0.04}},
             {{&two.bias}, {.adamw = {.lr = 0.25}}}}};
  CHECK(muon.groups() == 5);
  const double rates[] = {0.02, 3e-4, 0.5, 0.04, 0.25};
  for (std::size_t g = 0; g < 5; g++) CHECK(muon.lr(g) == rates[g]);
  CHECK(muon.momentum(0) == 0.9);
  CHECK(muon.momentum(1) == 0.8);
  CHECK(muon.momentum(2) == 0.9);
  CHECK(muon.momentum(3) == 0.95);
  StepLR schedule{muon, {.step_size = 1, .gamma = 0.5}};
  schedule.step();
  for (std::size_t g = 0; g < 5; g++) CHECK(muon.lr(g) == rates[g] / 2);
  one.weight.grad = one.bias.grad = Tensor();
  head.grad = Tensor::ones({2, 4});
  muon.step();
  const State state = muon.state();
  for (const char* name : {"2.exp_avg", "2.exp_avg_sq", "3.momentum_buffer", "4.exp_avg", "4.exp_avg_sq"}) {
    CHECK_MESSAGE(state.tensors.contains(name), name);
  }
  CHECK(state.tensors.size() == 5);
}

TEST_CASE("What is no matrix, and a group that says so, Muon updates as AdamW does") {
  TwoParameters by_muon, by_adamw;
  const AdamWOptions options{.lr = 0.01, .beta1 = 0.7, .weight_decay = 0.1, .amsgrad = true};
  Muon muon{by_muon.all(), {.use_muon = false, .adamw = options}};
  AdamW adamw{by_adamw.all(), options};
  for (int i = 0; i < 3; i++) {
    muon.step();
    adamw.step();
    by_muon.weight.grad.mutable_data()[i] = by_adamw.weight.grad.mutable_data()[i] = 0;
  }
  CHECK(same_values(by_muon.weight.value, by_adamw.weight.value));
  CHECK(same_values(by_muon.bias.value, by_adamw.bias.value));
}

TEST_CASE("Muon takes the weight of a convolution as the matrix [size(0),rest]") {
  const Shape shapes[] = {{4, 2, 3, 3}, {9, 2, 2}, {1, 2, 3}, {3, 5, 1, 1}};
  for (const Shape& shape : shapes) {
    const Shape flat{shape[0], shape.numel() / shape[0]};
    Parameter weight{.name = "weight", .value = uniform(shape), .grad = uniform(shape, -1, 1, 1)},
        matrix{.name = "matrix", .value = uniform(flat), .grad = uniform(flat, -1, 1, 1)};
    for (const AdjustLr adjust :
         {AdjustLr::kOriginal, AdjustLr::kMatchRmsAdamW, AdjustLr::kSpectralUnclamped}) {
      for (Parameter* p : {&weight, &matrix}) Muon({p}, {.lr = 0.1, .adjust_lr_fn = adjust}).step();
    }
    CHECK(same_values(weight.value, matrix.value));
  }
}

TEST_CASE("Muon adjusts the rate of a matrix to its shape") {
  // A matrix of one column, of the norm 1 once it is divided by it, and a rate for each way.
  const auto moved = [](AdjustLr adjust) {
    Parameter p{.name = "p", .value = Tensor::zeros({4, 1}), .grad = Tensor::ones({4, 1})};
    Muon({&p}, {.lr = 1, .ns_steps = 0, .adjust_lr_fn = adjust}).step();
    return p.value.at(0, 0);
  };
  CHECK_CLOSE(moved(AdjustLr::kOriginal), -0.5 * 2);
  CHECK_CLOSE(moved(AdjustLr::kMatchRmsAdamW), -0.5 * 0.4);
  const auto wide = [](AdjustLr adjust) {
    Parameter p{.name = "p", .value = Tensor::zeros({1, 4}), .grad = Tensor::ones({1, 4})};
    Muon({&p}, {.lr = 1, .ns_steps = 0, .adjust_lr_fn = adjust}).step();
    return p.value.at(0, 0);
  };
  CHECK_CLOSE(wide(AdjustLr::kOriginal), -0.5);
  CHECK_CLOSE(wide(AdjustLr::kSpectralUnclamped), -0.5 * 0.5);
}

TEST_CASE("A gradient of zeros lets Muon only shrink the weights") {
  TwoParameters layer;
  const Tensor before = layer.weight.value.clone();
  layer.weight.grad = Tensor::zeros({4, 3});
  Muon muon{{&layer.weight}, {.lr = 0.5, .weight_decay = 0.5}};
  muon.step();
  for (Index i = 0; i < before.numel(); i++) {
    CHECK(layer.weight.value.data()[i] == Scalar(0.75) * before.data()[i]);
  }
}

TEST_CASE("Muon leaves out a parameter without gradient, and its momentum starts when one comes") {
  TwoParameters layer, other;
  const Tensor before = layer.weight.value.clone(), gradient = layer.weight.grad;
  layer.weight.grad = Tensor();
  Muon muon{layer.all(), {.lr = 0.1}};
  muon.step();
  CHECK(same_values(layer.weight.value, before));
  CHECK_FALSE(muon.state().tensors.contains("1.momentum_buffer"));
  layer.weight.grad = gradient;
  muon.step();
  Muon late{{&other.weight}, {.lr = 0.1}};
  late.step();
  CHECK(same_values(layer.weight.value, other.weight.value));
}

TEST_CASE("Muon leaves an infinite weight where nothing decays it") {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  Parameter p{.name = "mask", .value = Tensor::full({2, 2}, -infinity), .grad = Tensor::ones({2, 2})};
  Muon({&p}, {.weight_decay = 0}).step();
  for (const Scalar x : p.value.values()) CHECK(x == -infinity);
}

TEST_CASE("Muon refuses no parameters, null and one that is given twice") {
  TwoParameters layer;
  CHECK_THROWS_WITH_AS(Muon(std::vector<Parameter*>{}), Contains("Muon (test_muon.cpp:"), Error);
  CHECK_THROWS_WITH_AS(Muon(std::vector<Parameter*>{}), Contains("group 0 has no parameters"), Error);
  CHECK_THROWS_WITH_AS(Muon({&layer.weight, nullptr}), Contains("null"), Error);
  CHECK_THROWS_WITH_AS(Muon({&layer.weight, &layer.weight}), Contains("\"weight\" is given twice"), Error);
  CHECK(layer.weight.optimizers == 0);
}
