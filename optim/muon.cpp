#include <reel/optim/muon.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <reel/core/kernels/detail/optimizer.h>
#include <reel/core/kernels/detail/orthogonalize.h>
#include <reel/optim/detail/adam_shared.h>

namespace reel::inline REEL_PRECISION {
namespace {

enum : std::size_t { kMomentum, kAdamWFirst, kAdamWSecond, kAdamWSecondMax };

bool is_matrix(const Tensor& value) { return value.dim() >= 2; }
Index rows_of(const Tensor& value) { return value.size(0); }
Index columns_of(const Tensor& value) { return value.numel() / std::max<Index>(rows_of(value), 1); }

double lr_factor(AdjustLr adjust, const Tensor& value) {
  const auto rows = static_cast<double>(rows_of(value)), columns = static_cast<double>(columns_of(value));
  switch (adjust) {
    case AdjustLr::kOriginal:
      return std::sqrt(std::max(1.0, rows / columns));
    case AdjustLr::kMatchRmsAdamW:
      return 0.2 * std::sqrt(std::max(rows, columns));
    case AdjustLr::kSpectralUnclamped:
      return std::sqrt(rows / columns);
  }
  return 1;
}

}  // namespace

Muon::Muon(Located<std::vector<Parameter*>> parameters, MuonOptions options)
    : Muon(ParameterGroups<MuonOptions>({{std::move(parameters), options}}, parameters.where)) {}

Muon::Muon(const ParameterGroups<MuonOptions>& groups) : Optimizer("Muon", groups.where) {
  for (const auto& [parameters, options] : groups) {
    check_options(options);
    std::vector<Parameter*> matrices, others;
    for (Parameter* p : parameters) {
      const bool by_muon = options.use_muon && p && p->defined() && is_matrix(p->value);
      (by_muon ? matrices : others).push_back(p);
    }
    if (!matrices.empty()) add(matrices, {options, false});
    if (!others.empty() || matrices.empty()) add(others, {options, true});
  }
}

void Muon::check_options(const MuonOptions& options) const {
  check_lr(options.lr);
  check_momentum(options.momentum);
  check_.non_negative("weight_decay", options.weight_decay);
  check_.positive("eps", options.eps);
  check_.count("ns_steps", options.ns_steps, 0, 99);
  detail::check_adam(check_, "adamw.", options.adamw);
}

void Muon::add(const std::vector<Parameter*>& parameters, const Group& group) {
  groups_.push_back(group);
  add_group(parameters);
}

std::span<const char* const> Muon::state_names() const {
  static constexpr std::array kNames{"momentum_buffer", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
  return kNames;
}

bool Muon::needs_state(std::size_t i, std::size_t group) const {
  const auto& [options, by_adamw] = groups_[group];
  if (!by_adamw) return i == kMomentum && options.momentum > 0;
  return i == kAdamWFirst || i == kAdamWSecond || (i == kAdamWSecondMax && options.adamw.amsgrad);
}

double& Muon::lr_of(std::size_t group) {
  auto& [options, by_adamw] = groups_[group];
  return by_adamw ? options.adamw.lr : options.lr;
}

double& Muon::momentum_of(std::size_t group) {
  auto& [options, by_adamw] = groups_[group];
  return by_adamw ? options.adamw.beta1 : options.momentum;
}

// The direction, and what its orthogonalisation needs.
void Muon::reserve(const Slot& slot) {
  if (groups_[slot.group].by_adamw) return;
  const Tensor& value = slot.parameter->value;
  const Index needed = value.numel() + kernels::orthogonalize_scratch(rows_of(value), columns_of(value));
  if (!scratch_.defined() || scratch_.numel() < needed) scratch_ = Tensor::uninitialized({needed});
}

void Muon::update(Slot& slot, const Tensor& gradient, std::int64_t t, bool) {
  const auto& [options, by_adamw] = groups_[slot.group];
  Tensor& value = slot.parameter->value;
  const Index n = value.numel();
  if (by_adamw) {
    kernels::adam_update(value.mutable_data(), gradient.data(), slot.state[kAdamWFirst].mutable_data(),
                         slot.state[kAdamWSecond].mutable_data(),
                         options.adamw.amsgrad ? slot.state[kAdamWSecondMax].mutable_data() : nullptr, n,
                         detail::adam_step(options.adamw, true, t));
    return;
  }
  Scalar* direction = scratch_.mutable_data();
  kernels::muon_direction(direction, gradient.data(),
                          options.momentum > 0 ? slot.state[kMomentum].mutable_data() : nullptr, n,
                          options.momentum, options.nesterov);
  kernels::orthogonalize(direction, rows_of(value), columns_of(value), options.ns_steps, options.eps,
                         direction + n);
  kernels::muon_update(value.mutable_data(), direction, n,
                       options.lr * lr_factor(options.adjust_lr_fn, value),
                       1 - options.lr * options.weight_decay);
}

}  // namespace reel::inline REEL_PRECISION
