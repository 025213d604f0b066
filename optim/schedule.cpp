#include <reel/optim/schedule.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

std::string base_lr_name(std::size_t group) { return fmt::format("base_lr.{}", group); }

// From `start` to `end` along half a cosine wave as `part` goes from 0 to 1.
double half_cosine(double start, double end, double part) {
  return end + (start - end) / 2 * (1 + std::cos(std::numbers::pi * part));
}

}  // namespace

Schedule::Schedule(std::string_view name, Located<Optimizer&> optimizer, Warmup warmup)
    : check_(name, optimizer.where), optimizer_(optimizer), warmup_(warmup) {
  check_.count("warmup_steps", warmup.steps, 0);
  check_.within("warmup_start_factor", warmup.start_factor, 0, 1);
  for (std::size_t g = 0; g < optimizer_.groups(); g++) base_lr_.push_back(optimizer_.lr(g));
}

std::vector<Schedule::Rate> Schedule::rates_at(std::int64_t step, std::span<const double> base_lr) const {
  check_.require(!last() || step <= *last() + warmup_.steps,
                 "step {} is asked for, the schedule has {}; give it as many as the training", step,
                 last().value_or(0) + warmup_.steps);
  const bool warming = step < warmup_.steps;
  const std::int64_t t = warming ? 0 : step - warmup_.steps;
  const double part = warming ? static_cast<double>(step) / static_cast<double>(warmup_.steps) : 1;
  const double factor = warmup_.start_factor + (1 - warmup_.start_factor) * part;
  std::vector<Rate> rates;
  for (std::size_t g = 0; g < base_lr.size(); g++) {
    const double lr = lr_at(t, base_lr[g]);
    rates.push_back({warming ? lr * factor : lr, momentum_at(t)});
    check_.require(
        rates[g].lr >= 0 && std::isfinite(rates[g].lr),
        "step {} gives group {} a learning rate of {}, it must be a finite number of 0 or more; let the "
        "rate grow less",
        step, g, rates[g].lr);
  }
  return rates;
}

void Schedule::set(std::span<const Rate> rates) {
  for (std::size_t g = 0; g < rates.size(); g++) {
    optimizer_.set_lr(rates[g].lr, g);
    if (rates[g].momentum) optimizer_.set_momentum(*rates[g].momentum, g);
  }
}

void Schedule::apply() { set(rates_at(step_, base_lr_)); }

void Schedule::step() {
  check_.counts_on("step", step_);
  set(rates_at(step_ + 1, base_lr_));
  step_++;
}

State Schedule::state() const {
  State result;
  result.integers["step"] = step_;
  for (std::size_t g = 0; g < base_lr_.size(); g++) result.reals[base_lr_name(g)] = base_lr_[g];
  return result;
}

std::function<void()> Schedule::prepare_load(const State& state) {
  const std::string what = check_.label() + ": the state";
  check_state(this->state(), state, what);
  const std::int64_t step = state.integers.at("step");
  check_read_count(what, "step", step);
  std::vector<double> base_lr;
  for (std::size_t g = 0; g < base_lr_.size(); g++) {
    base_lr.push_back(state.reals.at(base_lr_name(g)));
    if (!(base_lr[g] >= 0 && std::isfinite(base_lr[g]))) {
      throw FormatError(fmt::format("{} has base_lr {} for group {}", what, base_lr[g], g));
    }
  }
  std::vector<Rate> rates;
  try {
    rates = rates_at(step, base_lr);
  } catch (const Error& error) {
    throw FormatError(error.what());
  }
  return [this, step, base_lr = std::move(base_lr), rates = std::move(rates)]() mutable {
    set(rates);
    step_ = step;
    base_lr_ = std::move(base_lr);
  };
}

StepLR::StepLR(Located<Optimizer&> optimizer, StepLROptions options)
    : Schedule("StepLR", optimizer, {options.warmup_steps, options.warmup_start_factor}), options_(options) {
  check_.count("step_size", options.step_size, 1);
  check_.non_negative("gamma", options.gamma);
  apply();
}

double StepLR::lr_at(std::int64_t t, double base_lr) const {
  const std::int64_t decays = t / options_.step_size;
  return base_lr * std::pow(options_.gamma, static_cast<double>(decays));
}

MultiStepLR::MultiStepLR(Located<Optimizer&> optimizer, MultiStepLROptions options)
    : Schedule("MultiStepLR", optimizer, {options.warmup_steps, options.warmup_start_factor}),
      options_(std::move(options)) {
  check_.require(!options_.milestones.empty(), "no milestones are given; at least one is needed");
  for (std::size_t i = 0; i < options_.milestones.size(); i++) {
    check_.count("a milestone", options_.milestones[i], i == 0 ? 0 : options_.milestones[i - 1]);
  }
  check_.non_negative("gamma", options_.gamma);
  apply();
}

double MultiStepLR::lr_at(std::int64_t t, double base_lr) const {
  const auto reached = std::ranges::upper_bound(options_.milestones, t) - options_.milestones.begin();
  return base_lr * std::pow(options_.gamma, static_cast<double>(reached));
}

ExponentialLR::ExponentialLR(Located<Optimizer&> optimizer, ExponentialLROptions options)
    : Schedule("ExponentialLR", optimizer, {options.warmup_steps, options.warmup_start_factor}),
      options_(options) {
  check_.positive("gamma", options.gamma);
  apply();
}

double ExponentialLR::lr_at(std::int64_t t, double base_lr) const {
  return base_lr * std::pow(options_.gamma, static_cast<double>(t));
}

LambdaLR::LambdaLR(Located<Optimizer&> optimizer, std::function<double(Index)> factor)
    : Schedule("LambdaLR", optimizer, {0, 1}), factor_(std::move(factor)) {
  check_.require(factor_ != nullptr, "no function is given");
  apply();
}

CosineLR::CosineLR(Located<Optimizer&> optimizer, CosineLROptions options)
    : Schedule("CosineLR", optimizer, {options.warmup_steps, options.warmup_start_factor}),
      options_(options) {
  check_.count("t_max", options.t_max, 1);
  check_.non_negative("eta_min", options.eta_min);
  apply();
}

double CosineLR::lr_at(std::int64_t t, double base_lr) const {
  return half_cosine(base_lr, options_.eta_min, static_cast<double>(t) / static_cast<double>(options_.t_max));
}

OneCycleLR::OneCycleLR(Located<Optimizer&> optimizer, OneCycleLROptions options)
    : Schedule("OneCycleLR", optimizer, {options.warmup_steps, options.warmup_start_factor}),
      options_(options) {
  check_.positive("max_lr", options.max_lr);
  check_.positive("div_factor", options.div_factor);
  check_.positive("final_div_factor", options.final_div_factor);
  check_.count("total_steps", options.total_steps, 1);
  check_.within("pct_start", options.pct_start, 0, 1);
  check_.below("base_momentum", options.base_momentum, 0, 1);
  check_.below("max_momentum", options.max_momentum, 0, 1);
  apply();
}

// PyTorch's phases: the first ends at step pct_start * total_steps - 1, the second at total_steps - 1. Step
// total_steps, which follows the last update, overshoots by a step as it does there.
double OneCycleLR::anneal(std::int64_t t, double start, double middle, double end) const {
  const auto total = static_cast<double>(options_.total_steps), step = static_cast<double>(t);
  const double peak = options_.pct_start * total - 1, bottom = total - 1;
  if (step <= peak) return peak > 0 ? half_cosine(start, middle, step / peak) : middle;
  return bottom > peak ? half_cosine(middle, end, (step - peak) / (bottom - peak)) : end;
}

double OneCycleLR::lr_at(std::int64_t t, double) const {
  const double initial = options_.max_lr / options_.div_factor;
  return anneal(t, initial, options_.max_lr, initial / options_.final_div_factor);
}

std::optional<double> OneCycleLR::momentum_at(std::int64_t t) const {
  if (!options_.cycle_momentum) return {};
  return anneal(t, options_.max_momentum, options_.base_momentum, options_.max_momentum);
}

}  // namespace reel::inline REEL_PRECISION
