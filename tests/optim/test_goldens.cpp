// Optimisers, schedules and gradient clipping against PyTorch.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>

#include <reel/core/error.h>
#include <reel/optim/adam.h>
#include <reel/optim/clip.h>
#include <reel/optim/muon.h>
#include <reel/optim/patience.h>
#include <reel/optim/rmsprop.h>
#include <reel/optim/schedule.h>
#include <reel/optim/sgd.h>

#include "golden/golden.h"
#include "golden/golden_check.h"

using namespace reel;
using reel_test::check_golden;
using reel_test::GoldenCase;

namespace {

using Parameters = std::vector<Parameter*>;

Tensor row(const Tensor& table, Index i, const Shape& shape) {
  return Tensor::from(shape, table.values().subspan(static_cast<std::size_t>(i * shape.numel()),
                                                    static_cast<std::size_t>(shape.numel())));
}

template <class Options>
Options adam_options(const GoldenCase& c) {
  const Options defaults;
  return {.lr = c.number("lr", defaults.lr),
          .beta1 = c.number("beta1", defaults.beta1),
          .beta2 = c.number("beta2", defaults.beta2),
          .eps = c.number("eps", defaults.eps),
          .weight_decay = c.number("weight_decay", defaults.weight_decay),
          .amsgrad = c.flag("amsgrad")};
}

MuonOptions muon_options(const GoldenCase& c) {
  const std::map<std::string, AdjustLr> adjustments{{"original", AdjustLr::kOriginal},
                                                    {"match_rms_adamw", AdjustLr::kMatchRmsAdamW},
                                                    {"spectral_unclamped", AdjustLr::kSpectralUnclamped}};
  const auto adjust = c.texts.find("adjust_lr_fn");
  const MuonOptions defaults;
  return {.lr = c.number("lr", defaults.lr),
          .weight_decay = c.number("weight_decay", defaults.weight_decay),
          .momentum = c.number("momentum", defaults.momentum),
          .nesterov = c.flag("nesterov", defaults.nesterov),
          .eps = c.number("eps", defaults.eps),
          .ns_steps = c.integer("ns_steps", defaults.ns_steps),
          .adjust_lr_fn = adjust == c.texts.end() ? defaults.adjust_lr_fn : adjustments.at(adjust->second),
          .use_muon = c.flag("use_muon", true),
          .adamw = {.lr = c.number("adamw_lr", defaults.adamw.lr),
                    .beta1 = c.number("beta1", defaults.adamw.beta1),
                    .beta2 = c.number("beta2", defaults.adamw.beta2),
                    .weight_decay = c.number("adamw_weight_decay", defaults.adamw.weight_decay)}};
}

std::unique_ptr<Optimizer> make_optimizer(const GoldenCase& c, const Parameters& parameters) {
  if (c.op == "SGD") {
    return std::make_unique<SGD>(parameters, SGDOptions{.lr = c.number("lr"),
                                                        .momentum = c.number("momentum"),
                                                        .dampening = c.number("dampening"),
                                                        .weight_decay = c.number("weight_decay"),
                                                        .nesterov = c.flag("nesterov")});
  }
  if (c.op == "Adam") return std::make_unique<Adam>(parameters, adam_options<AdamOptions>(c));
  if (c.op == "AdamW") return std::make_unique<AdamW>(parameters, adam_options<AdamWOptions>(c));
  if (c.op == "Muon") return std::make_unique<Muon>(parameters, muon_options(c));
  if (c.op == "RMSProp") {
    const RMSPropOptions defaults;
    return std::make_unique<RMSProp>(parameters, RMSPropOptions{.lr = c.number("lr", defaults.lr),
                                                                .alpha = c.number("alpha", defaults.alpha),
                                                                .eps = c.number("eps", defaults.eps),
                                                                .weight_decay = c.number("weight_decay"),
                                                                .momentum = c.number("momentum"),
                                                                .centered = c.flag("centered")});
  }
  return nullptr;
}

std::unique_ptr<Schedule> make_schedule(const GoldenCase& c, Optimizer& optimizer) {
  const Index warmup_steps = c.integer("warmup_steps");
  const double warmup_start_factor = c.number("warmup_start_factor");
  if (c.op == "StepLR") {
    return std::make_unique<StepLR>(optimizer, StepLROptions{.step_size = c.integer("step_size"),
                                                             .gamma = c.number("gamma"),
                                                             .warmup_steps = warmup_steps,
                                                             .warmup_start_factor = warmup_start_factor});
  }
  if (c.op == "MultiStepLR") {
    return std::make_unique<MultiStepLR>(
        optimizer,
        MultiStepLROptions{c.integers("milestones"), c.number("gamma"), warmup_steps, warmup_start_factor});
  }
  if (c.op == "ExponentialLR") {
    return std::make_unique<ExponentialLR>(optimizer,
                                           ExponentialLROptions{.gamma = c.number("gamma"),
                                                                .warmup_steps = warmup_steps,
                                                                .warmup_start_factor = warmup_start_factor});
  }
  if (c.op == "LambdaLR") {
    return std::make_unique<LambdaLR>(
        optimizer, [rate = c.number("rate")](Index t) { return 1 / (1 + rate * static_cast<double>(t)); });
  }
  if (c.op == "CosineLR") {
    return std::make_unique<CosineLR>(optimizer, CosineLROptions{.t_max = c.integer("t_max"),
                                                                 .eta_min = c.number("eta_min"),
                                                                 .warmup_steps = warmup_steps,
                                                                 .warmup_start_factor = warmup_start_factor});
  }
  if (c.op == "OneCycleLR") {
    OneCycleLROptions options{.max_lr = c.number("max_lr"), .total_steps = c.integer("total_steps")};
    options.pct_start = c.number("pct_start", options.pct_start);
    options.div_factor = c.number("div_factor", options.div_factor);
    options.final_div_factor = c.number("final_div_factor", options.final_div_factor);
    options.cycle_momentum = c.flag("cycle_momentum", options.cycle_momentum);
    options.base_momentum = c.number("base_momentum", options.base_momentum);
    options.max_momentum = c.number("max_momentum", options.max_momentum);
    return std::make_unique<OneCycleLR>(optimizer, options);
  }
  return nullptr;
}

void check_trajectory(const GoldenCase& c) {
  std::vector<Parameter> parameters;
  while (c.tensors.contains(fmt::format("p{}", parameters.size()))) {
    const std::string name = fmt::format("p{}", parameters.size());
    parameters.push_back({.name = name, .value = c.tensor(name).clone()});
  }
  Parameters pointers;
  for (Parameter& parameter : parameters) pointers.push_back(&parameter);
  const auto optimizer = make_optimizer(c, pointers);
  const Index steps = c.tensor("g0").size(0);
  CHECK(steps == 20);
  for (Index step = 0; step < steps; step++) {
    for (std::size_t i = 0; i < parameters.size(); i++) {
      parameters[i].grad = row(c.tensor(fmt::format("g{}", i)), step, parameters[i].value.shape());
    }
    optimizer->step();
    for (std::size_t i = 0; i < parameters.size(); i++) {
      const Shape& shape = parameters[i].value.shape();
      check_golden(parameters[i].value, row(c.tensor(fmt::format("v{}", i)), step, shape),
                   fmt::format("{} p{}, step {}", c.label, i, step));
    }
  }
}

void check_schedule(const GoldenCase& c) {
  Parameter p{.name = "p", .value = Tensor::zeros({1})};
  std::unique_ptr<Optimizer> optimizer;
  if (c.texts.at("optimizer") == "SGD") {
    optimizer = std::make_unique<SGD>(Parameters{&p}, SGDOptions{.lr = 0.4, .momentum = 0.9});
  } else {
    optimizer = std::make_unique<Adam>(Parameters{&p}, AdamOptions{.lr = 0.4});
  }
  const auto schedule = make_schedule(c, *optimizer);
  std::vector<Scalar> rates, momenta;
  for (Index i = 0; i < c.tensor("lr").numel(); i++) {
    rates.push_back(static_cast<Scalar>(optimizer->lr()));
    momenta.push_back(static_cast<Scalar>(optimizer->momentum()));
    schedule->step();
  }
  check_golden(Tensor::from(c.tensor("lr").shape(), rates), c.tensor("lr"), c.label + " lr");
  check_golden(Tensor::from(c.tensor("lr").shape(), momenta), c.tensor("momentum"), c.label + " momentum");
}

void check_plateau(const GoldenCase& c) {
  Parameter p{.name = "p", .value = Tensor::zeros({1})};
  SGD sgd{{&p}, {.lr = 0.4}};
  const auto text = [&](const char* name) { return c.texts.contains(name) ? c.texts.at(name) : ""; };
  ReduceLROnPlateauOptions options{.relative = text("threshold_mode") != "abs",
                                   .goal = text("mode") == "max" ? Goal::kMax : Goal::kMin};
  options.factor = c.number("factor", options.factor);
  options.patience = c.integer("patience", options.patience);
  options.threshold = c.number("threshold", options.threshold);
  options.cooldown = c.integer("cooldown", options.cooldown);
  options.min_lr = c.number("min_lr", options.min_lr);
  options.eps = c.number("eps", options.eps);
  ReduceLROnPlateau schedule{sgd, options};
  std::vector<Scalar> rates;
  for (const Scalar number : c.tensor("numbers").values()) {
    schedule.step(number);
    rates.push_back(static_cast<Scalar>(sgd.lr()));
  }
  check_golden(Tensor::from(c.tensor("lr").shape(), rates), c.tensor("lr"), c.label + " lr");
}

void check_clipping(const GoldenCase& c) {
  std::vector<Parameter> parameters;
  Parameters pointers;
  for (int i = 0; i < 3; i++) {
    const Tensor& grad = c.tensor(fmt::format("g{}", i));
    parameters.push_back({.name = "p", .value = Tensor::zeros(grad.shape()), .grad = grad.clone()});
  }
  for (Parameter& parameter : parameters) pointers.push_back(&parameter);
  const double norm = clip_grad_norm(pointers, c.number("max_norm"));
  check_golden(Tensor::full({}, static_cast<Scalar>(norm)), c.tensor("norm"), c.label + " norm");
  for (std::size_t i = 0; i < parameters.size(); i++) {
    const std::string name = fmt::format("clipped{}", i);
    check_golden(parameters[i].grad, c.tensor(name), c.label + " " + name);
  }
}

}  // namespace

TEST_CASE("Optimisers, schedules and clipping do what PyTorch's do") {
  const std::map<std::string, std::function<void(const GoldenCase&)>> checks = {
      {"SGD", check_trajectory},         {"Adam", check_trajectory},     {"AdamW", check_trajectory},
      {"RMSProp", check_trajectory},     {"Muon", check_trajectory},     {"StepLR", check_schedule},
      {"CosineLR", check_schedule},      {"OneCycleLR", check_schedule}, {"MultiStepLR", check_schedule},
      {"ExponentialLR", check_schedule}, {"LambdaLR", check_schedule},   {"ReduceLROnPlateau", check_plateau},
      {"clip_grad_norm", check_clipping}};
  std::map<std::string, int> counts;
  for (const GoldenCase& golden : reel_test::read_goldens("optim")) {
    CAPTURE(golden.label);
    const auto check = checks.find(golden.op);
    REQUIRE_MESSAGE(check != checks.end(), "no check for ", golden.label);
    CHECK_NOTHROW(check->second(golden));
    counts[golden.op]++;
  }
  for (const auto& check : checks) CHECK_MESSAGE(counts[check.first] >= 4, check.first, " has too few cases");
}
