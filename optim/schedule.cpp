#include <reel/optim/schedule.h>

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

Schedule::Schedule(std::string_view name, Optimizer& optimizer, Warmup warmup, Location where)
    : check_(name, where), optimizer_(optimizer), warmup_(warmup) {
  check_(warmup.steps >= 0, "warmup_steps", static_cast<double>(warmup.steps), "0 or more");
  check_(warmup.start_factor >= 0 && warmup.start_factor <= 1, "warmup_start_factor", warmup.start_factor,
         "in [0, 1]");
  for (std::size_t g = 0; g < optimizer.groups(); g++) base_lr_.push_back(optimizer.lr(g));
}

void Schedule::check_step(std::int64_t step) const {
  if (last() && step > *last() + warmup_.steps) {
    throw Error(fmt::format("{}: step {} is asked for, the schedule has {}; give it as many as the training",
                            check_.label(), step, *last() + warmup_.steps));
  }
}

void Schedule::step() {
  check_step(step_ + 1);
  step_++;
  apply();
}

void Schedule::apply() {
  const bool warming = step_ < warmup_.steps;
  const std::int64_t t = warming ? 0 : step_ - warmup_.steps;
  const double part = warming ? static_cast<double>(step_) / static_cast<double>(warmup_.steps) : 1;
  const double factor = warmup_.start_factor + (1 - warmup_.start_factor) * part;
  for (std::size_t g = 0; g < base_lr_.size(); g++) {
    const double lr = lr_at(t, base_lr_[g]);
    optimizer_.set_lr(warming ? lr * factor : lr, g);
    if (const auto momentum = momentum_at(t)) optimizer_.set_momentum(*momentum, g);
  }
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
  if (step < 0) throw FormatError(fmt::format("{} has step {}", what, step));
  check_step(step);
  std::vector<double> base_lr;
  for (std::size_t g = 0; g < base_lr_.size(); g++) {
    base_lr.push_back(state.reals.at(base_lr_name(g)));
    if (!(base_lr[g] >= 0 && std::isfinite(base_lr[g]))) {
      throw FormatError(fmt::format("{} has base_lr {} for group {}", what, base_lr[g], g));
    }
  }
  return [this, step, base_lr = std::move(base_lr)]() mutable {
    step_ = step;
    base_lr_ = std::move(base_lr);
    apply();
  };
}

StepLR::StepLR(Optimizer& optimizer, StepLROptions options, Location where)
    : Schedule("StepLR", optimizer, {options.warmup_steps, options.warmup_start_factor}, where),
      options_(options) {
  check_(options.step_size >= 1, "step_size", static_cast<double>(options.step_size), "1 or more");
  check_(options.gamma >= 0 && std::isfinite(options.gamma), "gamma", options.gamma, "0 or more");
  apply();
}

double StepLR::lr_at(std::int64_t t, double base_lr) const {
  const std::int64_t decays = t / options_.step_size;
  return base_lr * std::pow(options_.gamma, static_cast<double>(decays));
}

CosineLR::CosineLR(Optimizer& optimizer, CosineLROptions options, Location where)
    : Schedule("CosineLR", optimizer, {options.warmup_steps, options.warmup_start_factor}, where),
      options_(options) {
  check_(options.t_max >= 1, "t_max", static_cast<double>(options.t_max), "1 or more");
  check_(options.eta_min >= 0 && std::isfinite(options.eta_min), "eta_min", options.eta_min, "0 or more");
  apply();
}

double CosineLR::lr_at(std::int64_t t, double base_lr) const {
  return half_cosine(base_lr, options_.eta_min, static_cast<double>(t) / static_cast<double>(options_.t_max));
}

OneCycleLR::OneCycleLR(Optimizer& optimizer, OneCycleLROptions options, Location where)
    : Schedule("OneCycleLR", optimizer, {options.warmup_steps, options.warmup_start_factor}, where),
      options_(options) {
  const auto check_positive = [this](const char* name, double value) {
    check_(value > 0 && std::isfinite(value), name, value, "above 0");
  };
  const auto check_momentum = [this](const char* name, double value) {
    check_(value >= 0 && value < 1, name, value, "in [0, 1)");
  };
  check_positive("max_lr", options.max_lr);
  check_positive("div_factor", options.div_factor);
  check_positive("final_div_factor", options.final_div_factor);
  check_(options.total_steps >= 1, "total_steps", static_cast<double>(options.total_steps), "1 or more");
  check_(options.pct_start >= 0 && options.pct_start <= 1, "pct_start", options.pct_start, "in [0, 1]");
  check_momentum("base_momentum", options.base_momentum);
  check_momentum("max_momentum", options.max_momentum);
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
