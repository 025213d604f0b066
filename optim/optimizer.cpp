#include <reel/optim/optimizer.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

// A momentum's tensor. It comes into being with the momentum, so a parameter may be without one.
constexpr std::string_view kMomentumBuffer = "momentum_buffer";

bool is_lr(double lr) { return lr >= 0 && std::isfinite(lr); }
bool is_momentum(double momentum) { return momentum >= 0 && momentum < 1; }

std::string lr_name(std::size_t group) { return fmt::format("group.{}.lr", group); }
std::string momentum_name(std::size_t group) { return fmt::format("group.{}.momentum", group); }
std::string tensor_name(std::size_t slot, const char* name) { return fmt::format("{}.{}", slot, name); }
std::string missed_name(std::size_t slot) { return fmt::format("{}.missed", slot); }

}  // namespace

Optimizer::Optimizer(std::string_view name, Location where) : check_(name, where) {}

Optimizer::~Optimizer() {
  for (const Slot& slot : slots_) {
    if (slot.group < group_count_) slot.parameter->optimizers--;  // not of a group whose add_group threw
  }
}

void Optimizer::add_group(std::span<Parameter* const> parameters) {
  if (parameters.empty()) {
    throw Error(fmt::format("{}: group {} has no parameters; give it module.parameters()", check_.label(),
                            group_count_));
  }
  for (Parameter* parameter : parameters) {
    check_.require(parameter && parameter->defined(),
                   "a parameter of group {} is null, or absent as the bias of a layer without; leave it out",
                   group_count_);
    const auto same = [=](const Slot& slot) { return slot.parameter == parameter; };
    if (std::any_of(slots_.begin(), slots_.end(), same)) {
      throw Error(fmt::format("{}: parameter \"{}\" is given twice; each belongs to one group once",
                              check_.label(), parameter->name));
    }
    slots_.push_back({.parameter = parameter, .group = group_count_});
  }
  first_of_tied_slots();                                            // which checks
  for (Parameter* parameter : parameters) parameter->optimizers++;  // from here on nothing throws
  group_count_++;
}

void Optimizer::check_lr(double lr) const { check_.non_negative("lr", lr); }

void Optimizer::check_momentum(double momentum) const { check_.below("momentum", momentum, 0, 1); }

void Optimizer::check_group(std::size_t group) const {
  if (group >= group_count_) {
    throw Error(fmt::format("{}: there is no group {}, only {} of them, counted from 0", check_.label(),
                            group, group_count_));
  }
}

double Optimizer::lr(std::size_t group) const {
  check_group(group);
  return const_cast<Optimizer*>(this)->lr_of(group);
}

void Optimizer::set_lr(double lr, std::size_t group) {
  check_group(group);
  check_lr(lr);
  lr_of(group) = lr;
}

double Optimizer::momentum(std::size_t group) const {
  check_group(group);
  return const_cast<Optimizer*>(this)->momentum_of(group);
}

void Optimizer::set_momentum(double momentum, std::size_t group) {
  check_group(group);
  check_momentum(momentum);
  momentum_of(group) = momentum;
}

void Optimizer::zero_grad() {
  for (const Slot& slot : slots_) slot.parameter->grad = Tensor();
}

void Optimizer::check_shape(const Parameter& parameter, const char* what, const Tensor& tensor) const {
  check_.require<ShapeError>(tensor.shape() == parameter.value.shape(),
                             "parameter \"{}\" is {}, its {} is {}; they must have the same shape",
                             parameter.name, parameter.value.shape(), what, tensor.shape());
}

const std::vector<std::size_t>& Optimizer::first_of_tied_slots() {
  const auto address = [](const Slot& slot) { return slot.parameter->value.data(); };
  if (std::ranges::equal(slots_, tied_by_, {}, address)) return first_of_tied_;
  std::vector<Parameter*> parameters;
  parameters.reserve(slots_.size());
  for (const Slot& slot : slots_) parameters.push_back(slot.parameter);
  std::vector<std::size_t> first = first_of_ties(parameters);
  for (std::size_t s = 0; s < slots_.size(); s++) {
    const Slot &slot = slots_[s], &other = slots_[first[s]];
    check_.require(
        slot.group == other.group,
        "parameters \"{}\" of group {} and \"{}\" of group {} share their values; they must be in one "
        "group",
        other.parameter->name, other.group, slot.parameter->name, slot.group);
  }
  tied_by_.resize(slots_.size());
  std::ranges::transform(slots_, tied_by_.begin(), address);
  first_of_tied_ = std::move(first);
  return first_of_tied_;
}

std::vector<Tensor> Optimizer::gradients() {
  const std::vector<std::size_t>& first = first_of_tied_slots();
  std::vector<Tensor> result(slots_.size());
  for (std::size_t s = 0; s < slots_.size(); s++) {
    const Parameter& parameter = *slots_[s].parameter;
    if (!parameter.trainable || !parameter.grad.defined()) continue;
    check_shape(parameter, "gradient", parameter.grad);
    add_tied_gradient(result[first[s]], parameter.grad);
  }
  return result;
}

Optimizer::SlotState Optimizer::new_state(const Slot& slot) const {
  SlotState result;
  for (std::size_t i = 0; i < state_names().size(); i++) {
    if (slot.state[i].defined()) {
      check_shape(*slot.parameter, state_names()[i], slot.state[i]);
    } else if (needs_state(i, slot.group)) {
      result[i] = Tensor::zeros(slot.parameter->value.shape());
    }
  }
  return result;
}

void Optimizer::step() {
  // All that can fail comes first.
  check_.counts_on("steps", steps_);
  const std::vector<Tensor> gradient = gradients();
  std::vector<SlotState> fresh(slots_.size());
  for (std::size_t s = 0; s < slots_.size(); s++) {
    if (!gradient[s].defined()) continue;
    fresh[s] = new_state(slots_[s]);
    reserve(slots_[s]);
  }
  steps_++;
  for (std::size_t s = 0; s < slots_.size(); s++) {
    Slot& slot = slots_[s];
    if (!gradient[s].defined()) {
      slot.missed++;
      continue;
    }
    const bool is_fresh = fresh[s][0].defined();
    for (std::size_t i = 0; i < kMaxState; i++) {
      if (fresh[s][i].defined()) slot.state[i] = std::move(fresh[s][i]);
    }
    update(slot, gradient[s], steps_ - slot.missed, is_fresh);
  }
}

State Optimizer::state() const {
  State result;
  result.integers["steps"] = steps_;
  for (std::size_t s = 0; s < slots_.size(); s++) {
    result.integers[missed_name(s)] = slots_[s].missed;
    for (std::size_t i = 0; i < state_names().size(); i++) {
      if (slots_[s].state[i].defined()) {
        result.tensors[tensor_name(s, state_names()[i])] = slots_[s].state[i];
      }
    }
  }
  for (std::size_t g = 0; g < group_count_; g++) {
    result.reals[lr_name(g)] = lr(g);
    result.reals[momentum_name(g)] = momentum(g);
  }
  return result;
}

State Optimizer::expected_state(const State& found) const {
  State expected;
  expected.integers["steps"] = 0;
  const auto steps = found.integers.find("steps");
  for (std::size_t s = 0; s < slots_.size(); s++) {
    expected.integers[missed_name(s)] = 0;
    const auto missed = found.integers.find(missed_name(s));
    const bool was_updated =
        steps != found.integers.end() && missed != found.integers.end() && missed->second < steps->second;
    for (std::size_t i = 0; i < state_names().size(); i++) {
      const bool is_due =
          was_updated && state_names()[i] != kMomentumBuffer && needs_state(i, slots_[s].group);
      const std::string name = tensor_name(s, state_names()[i]);
      if (is_due || found.tensors.contains(name)) expected.tensors[name] = slots_[s].parameter->value;
    }
  }
  for (std::size_t g = 0; g < group_count_; g++) {
    expected.reals[lr_name(g)] = expected.reals[momentum_name(g)] = 0;
  }
  return expected;
}

std::function<void()> Optimizer::prepare_load(const State& state) {
  const std::string what = check_.label() + ": the state";
  check_state(expected_state(state), state, what);
  const std::int64_t steps = state.integers.at("steps");
  check_read_count(what, "steps", steps);
  std::vector<Slot> slots = slots_;
  for (std::size_t s = 0; s < slots.size(); s++) {
    slots[s].missed = state.integers.at(missed_name(s));
    if (slots[s].missed < 0 || slots[s].missed > steps) {
      throw FormatError(
          fmt::format("{} says that parameter {} missed {} of {} steps", what, s, slots[s].missed, steps));
    }
    for (std::size_t i = 0; i < state_names().size(); i++) {
      const auto saved = state.tensors.find(tensor_name(s, state_names()[i]));
      slots[s].state[i] = saved != state.tensors.end() ? saved->second.clone() : Tensor();
    }
  }
  std::vector<std::pair<double, double>> rates;  // a group's lr and momentum
  for (std::size_t g = 0; g < group_count_; g++) {
    const double lr = state.reals.at(lr_name(g)), momentum = state.reals.at(momentum_name(g));
    if (!is_lr(lr) || !is_momentum(momentum)) {
      throw FormatError(fmt::format("{} gives group {} lr {} and momentum {}", what, g, lr, momentum));
    }
    rates.emplace_back(lr, momentum);
  }
  return [this, steps, slots = std::move(slots), rates = std::move(rates)]() mutable {
    steps_ = steps;
    slots_ = std::move(slots);
    for (std::size_t g = 0; g < group_count_; g++) {
      lr_of(g) = rates[g].first;
      momentum_of(g) = rates[g].second;
    }
  };
}

}  // namespace reel::inline REEL_PRECISION
