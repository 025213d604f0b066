// The best number so far, and how long ago it was.
#include <reel/optim/patience.h>

#include <algorithm>

namespace reel::inline REEL_PRECISION {
namespace {

double worst(Goal goal) {
  const double infinity = std::numeric_limits<double>::infinity();
  return goal == Goal::kMin ? infinity : -infinity;
}

std::int64_t read_count(const OptionCheck& check, const State& state, const char* name) {
  const std::int64_t count = state.integers.at(name);
  check_read_count(check.label() + ": the state", name, count);
  return count;
}

}  // namespace

Patience::Patience(PatienceOptions options, Location where)
    : check_("Patience", where), options_(options), best_(worst(options.goal)) {
  check_.count("patience", options.patience, 0);
  check_.non_negative("min_delta", options.min_delta);
}

bool Patience::step(double number) {
  check_.counts_on("step", steps_);
  const double gain = options_.goal == Goal::kMin ? best_ - number : number - best_;
  steps_++;
  waited_ = gain > options_.min_delta ? 0 : waited_ + 1;
  if (waited_ == 0) best_ = number;
  return waited_ > options_.patience;
}

State Patience::state() const {
  State state;
  state.integers = {{"waited", waited_}, {"step", steps_}};
  state.reals = {{"best", best_}};
  return state;
}

std::function<void()> Patience::prepare_load(const State& state) {
  check_state(this->state(), state, check_.label() + ": the state");
  const std::int64_t waited = read_count(check_, state, "waited"), steps = read_count(check_, state, "step");
  return [=, this, best = state.reals.at("best")] {
    waited_ = waited;
    steps_ = steps;
    best_ = best;
  };
}

ReduceLROnPlateau::ReduceLROnPlateau(Located<Optimizer&> optimizer, ReduceLROnPlateauOptions options)
    : check_("ReduceLROnPlateau", optimizer.where),
      optimizer_(optimizer),
      options_(options),
      best_(worst(options.goal)) {
  check_.below("factor", options.factor, 0, 1);
  check_.count("patience", options.patience, 0);
  check_.non_negative("threshold", options.threshold);
  check_.count("cooldown", options.cooldown, 0);
  check_.non_negative("min_lr", options.min_lr);
  check_.non_negative("eps", options.eps);
}

// PyTorch's four cases.
bool ReduceLROnPlateau::is_better(double number) const {
  const bool falls = options_.goal == Goal::kMin;
  const double sign = falls ? -1 : 1;
  const double bar =
      options_.relative ? best_ * (1 + sign * options_.threshold) : best_ + sign * options_.threshold;
  return falls ? number < bar : number > bar;
}

void ReduceLROnPlateau::step(double number) {
  const bool better = is_better(number);
  if (better) best_ = number;
  waited_ = better || cooling_ > 0 ? 0 : waited_ + 1;
  cooling_ = std::max<std::int64_t>(cooling_ - 1, 0);
  if (waited_ <= options_.patience) return;
  waited_ = 0;
  cooling_ = options_.cooldown;
  for (std::size_t g = 0; g < optimizer_.groups(); g++) {
    const double lr = optimizer_.lr(g), reduced = std::max(lr * options_.factor, options_.min_lr);
    if (lr - reduced > options_.eps) optimizer_.set_lr(reduced, g);
  }
}

State ReduceLROnPlateau::state() const {
  State state;
  state.integers = {{"waited", waited_}, {"cooling", cooling_}};
  state.reals = {{"best", best_}};
  return state;
}

std::function<void()> ReduceLROnPlateau::prepare_load(const State& state) {
  check_state(this->state(), state, check_.label() + ": the state");
  const std::int64_t waited = read_count(check_, state, "waited"),
                     cooling = read_count(check_, state, "cooling");
  return [=, this, best = state.reals.at("best")] {
    waited_ = waited;
    cooling_ = cooling;
    best_ = best;
  };
}

}  // namespace reel::inline REEL_PRECISION
