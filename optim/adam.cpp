#include <reel/optim/adam.h>

#include <array>
#include <cmath>
#include <utility>

#include <reel/core/kernels/detail/optimizer.h>

namespace reel::inline REEL_PRECISION {

namespace {

enum : std::size_t { kFirst, kSecond, kSecondMax };

ParameterGroups<AdamOptions> as_adam(const ParameterGroups<AdamWOptions>& groups) {
  std::vector<ParameterGroup<AdamOptions>> result;
  result.reserve(groups.size());
  for (const auto& [parameters, options] : groups) {
    result.push_back({parameters,
                      {.lr = options.lr,
                       .beta1 = options.beta1,
                       .beta2 = options.beta2,
                       .eps = options.eps,
                       .weight_decay = options.weight_decay,
                       .amsgrad = options.amsgrad}});
  }
  return {std::move(result), groups.where};
}

}  // namespace

Adam::Adam(Located<std::vector<Parameter*>> parameters, AdamOptions options)
    : Adam(ParameterGroups<AdamOptions>({{std::move(parameters), options}}, parameters.where)) {}

Adam::Adam(const ParameterGroups<AdamOptions>& groups) : Adam("Adam", Decay::kIntoGradient, groups) {}

AdamW::AdamW(Located<std::vector<Parameter*>> parameters, AdamWOptions options)
    : AdamW(ParameterGroups<AdamWOptions>({{std::move(parameters), options}}, parameters.where)) {}

AdamW::AdamW(const ParameterGroups<AdamWOptions>& groups)
    : Adam("AdamW", Decay::kDecoupled, as_adam(groups)) {}

Adam::Adam(std::string_view name, Decay decay, const ParameterGroups<AdamOptions>& groups)
    : Optimizer(name, groups.where), decay_(decay) {
  for (const auto& [parameters, options] : groups) {
    check_lr(options.lr);
    check_.below("beta1", options.beta1, 0, 1);
    check_.below("beta2", options.beta2, 0, 1);
    check_.non_negative("eps", options.eps);
    check_.non_negative("weight_decay", options.weight_decay);
    options_.push_back(options);
    add_group(parameters);
  }
}

std::span<const char* const> Adam::state_names() const {
  static constexpr std::array kNames{"exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
  return kNames;
}

bool Adam::needs_state(std::size_t i, std::size_t group) const {
  return i != kSecondMax || options_[group].amsgrad;
}

void Adam::update(Slot& slot, const Tensor& gradient, std::int64_t t, bool) {
  const AdamOptions& options = options_[slot.group];
  const bool decoupled = decay_ == Decay::kDecoupled;
  const auto power = static_cast<double>(t);
  Tensor& value = slot.parameter->value;
  kernels::adam_update(value.mutable_data(), gradient.data(), slot.state[kFirst].mutable_data(),
                       slot.state[kSecond].mutable_data(),
                       options.amsgrad ? slot.state[kSecondMax].mutable_data() : nullptr, value.numel(),
                       {.step_size = options.lr / (1 - std::pow(options.beta1, power)),
                        .second_scale = 1 / std::sqrt(1 - std::pow(options.beta2, power)),
                        .beta1 = options.beta1,
                        .beta2 = options.beta2,
                        .eps = options.eps,
                        .weight_decay = decoupled ? 0 : options.weight_decay,
                        .shrink = decoupled ? 1 - options.lr * options.weight_decay : 1});
}

}  // namespace reel::inline REEL_PRECISION
