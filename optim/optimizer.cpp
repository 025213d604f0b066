#include <reel/optim/optimizer.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Hands out the entries of a saved map by name and notes what is missing and, at last, what nobody asked for.
template <class T>
class Entries {
 public:
  Entries(const std::map<std::string, T>& source, std::vector<std::string>& complaints)
      : left_(source), complaints_(complaints) {}

  bool has(const std::string& name) const { return left_.contains(name); }
  T take(const std::string& name) {
    const auto found = left_.find(name);
    if (found != left_.end()) return std::move(left_.extract(found).mapped());
    complaints_.push_back(name + " is missing");
    return {};
  }
  void refuse_rest() const {
    for (const auto& entry : left_) complaints_.push_back(entry.first + " is unexpected");
  }

 private:
  std::map<std::string, T> left_;
  std::vector<std::string>& complaints_;
};

bool is_lr(double lr) { return lr >= 0 && std::isfinite(lr); }
bool is_momentum(double momentum) { return momentum >= 0 && momentum < 1; }

std::string lr_name(std::size_t group) { return fmt::format("group.{}.lr", group); }
std::string momentum_name(std::size_t group) { return fmt::format("group.{}.momentum", group); }
std::string missed_name(std::size_t slot) { return fmt::format("{}.missed", slot); }

}  // namespace

Optimizer::Optimizer(std::string_view name, Location where) : check_(name, where) {}

void Optimizer::add_group(std::span<Parameter* const> parameters) {
  if (parameters.empty()) {
    throw Error(fmt::format("{}: group {} has no parameters; give it module.parameters()", check_.label(),
                            group_count_));
  }
  for (Parameter* parameter : parameters) {
    if (!parameter)
      throw Error(fmt::format("{}: a parameter of group {} is null", check_.label(), group_count_));
    const auto same = [=](const Slot& slot) { return slot.parameter == parameter; };
    if (std::any_of(slots_.begin(), slots_.end(), same)) {
      throw Error(fmt::format("{}: parameter \"{}\" is given twice; each belongs to one group once",
                              check_.label(), parameter->name));
    }
    slots_.push_back({.parameter = parameter, .group = group_count_});
  }
  group_count_++;
}

void Optimizer::check_lr(double lr) const { check_(is_lr(lr), "lr", lr, "0 or more"); }

void Optimizer::check_momentum(double momentum) const {
  check_(is_momentum(momentum), "momentum", momentum, "in [0, 1)");
}

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

bool Optimizer::takes_part(const Slot& slot) const {
  return slot.parameter->trainable && slot.parameter->grad.defined();
}

Optimizer::SlotState Optimizer::new_state(const Slot& slot) const {
  const Parameter& parameter = *slot.parameter;
  const auto check = [&](const char* what, const Tensor& tensor) {
    if (tensor.shape() == parameter.value.shape()) return;
    throw ShapeError(fmt::format("{}: parameter \"{}\" is {}, its {} is {}; they must have the same shape",
                                 check_.label(), parameter.name, parameter.value.shape(), what,
                                 tensor.shape()));
  };
  check("gradient", parameter.grad);
  SlotState result;
  for (std::size_t i = 0; i < state_names().size(); i++) {
    if (slot.state[i].defined()) {
      check(state_names()[i], slot.state[i]);
    } else if (needs_state(i, slot.group)) {
      result[i] = Tensor::zeros(parameter.value.shape());
    }
  }
  return result;
}

void Optimizer::step() {
  // All that can fail comes first.
  std::vector<SlotState> fresh(slots_.size());
  for (std::size_t s = 0; s < slots_.size(); s++) {
    if (takes_part(slots_[s])) fresh[s] = new_state(slots_[s]);
  }
  steps_++;
  for (std::size_t s = 0; s < slots_.size(); s++) {
    Slot& slot = slots_[s];
    if (!takes_part(slot)) {
      slot.missed++;
      continue;
    }
    const bool is_fresh = fresh[s][0].defined();
    for (std::size_t i = 0; i < kMaxState; i++) {
      if (fresh[s][i].defined()) slot.state[i] = std::move(fresh[s][i]);
    }
    update(slot, steps_ - slot.missed, is_fresh);
  }
}

State Optimizer::state() const {
  State result;
  result.integers["steps"] = steps_;
  for (std::size_t s = 0; s < slots_.size(); s++) {
    result.integers[missed_name(s)] = slots_[s].missed;
    for (std::size_t i = 0; i < state_names().size(); i++) {
      if (slots_[s].state[i].defined()) {
        result.tensors[fmt::format("{}.{}", s, state_names()[i])] = slots_[s].state[i];
      }
    }
  }
  for (std::size_t g = 0; g < group_count_; g++) {
    result.reals[lr_name(g)] = lr(g);
    result.reals[momentum_name(g)] = momentum(g);
  }
  return result;
}

void Optimizer::load_state(const State& state) {
  std::vector<Slot> slots = slots_;
  std::vector<std::string> complaints = read_slots(state, slots);
  const auto check_real = [&](const std::string& name, auto is_valid) {
    const auto found = state.reals.find(name);
    if (found == state.reals.end()) {
      complaints.push_back(name + " is missing");
    } else if (!is_valid(found->second)) {
      complaints.push_back(fmt::format("{} is {}", name, found->second));
    }
  };
  for (std::size_t g = 0; g < group_count_; g++) {
    check_real(lr_name(g), is_lr);
    check_real(momentum_name(g), is_momentum);
  }
  if (state.reals.size() > 2 * group_count_) {
    complaints.push_back(fmt::format("it has more than {} groups", group_count_));
  }
  if (!complaints.empty()) {
    throw Error(fmt::format("{}: the state is not of such an optimizer over these parameters: {}",
                            check_.label(), fmt::join(complaints, ", ")));
  }
  steps_ = state.integers.at("steps");
  slots_ = std::move(slots);
  for (std::size_t g = 0; g < group_count_; g++) {
    lr_of(g) = state.reals.at(lr_name(g));
    momentum_of(g) = state.reals.at(momentum_name(g));
  }
}

std::vector<std::string> Optimizer::read_slots(const State& state, std::vector<Slot>& slots) const {
  std::vector<std::string> complaints;
  Entries tensors(state.tensors, complaints);
  Entries integers(state.integers, complaints);
  const std::int64_t steps = integers.take("steps");
  if (steps < 0) complaints.push_back(fmt::format("steps is {}", steps));
  for (std::size_t s = 0; s < slots.size(); s++) {
    Slot& slot = slots[s];
    const Shape& shape = slot.parameter->value.shape();
    slot.missed = integers.take(missed_name(s));
    if (slot.missed < 0 || slot.missed > steps) {
      complaints.push_back(fmt::format("{} is {} of {} steps", missed_name(s), slot.missed, steps));
    }
    for (std::size_t i = 0; i < state_names().size(); i++) {
      const std::string name = fmt::format("{}.{}", s, state_names()[i]);
      const bool is_due = slot.missed < steps && needs_state(i, slot.group);
      const Tensor saved = is_due || tensors.has(name) ? tensors.take(name) : Tensor();
      if (saved.defined() && saved.shape() != shape) {
        complaints.push_back(fmt::format("{} is {} instead of {}", name, saved.shape(), shape));
      }
      slot.state[i] = saved.clone();
    }
  }
  tensors.refuse_rest();
  integers.refuse_rest();
  return complaints;
}

}  // namespace reel::inline REEL_PRECISION
