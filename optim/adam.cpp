#include <reel/optim/adam.h>

#include <array>
#include <utility>

#include <reel/core/kernels/detail/optimizer.h>
#include <reel/optim/detail/adam_shared.h>

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
    detail::check_adam(check_, "", options);
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
  Tensor& value = slot.parameter->value;
  kernels::adam_update(value.mutable_data(), gradient.data(), slot.state[kFirst].mutable_data(),
                       slot.state[kSecond].mutable_data(),
                       options.amsgrad ? slot.state[kSecondMax].mutable_data() : nullptr, value.numel(),
                       detail::adam_step(options, decay_ == Decay::kDecoupled, t));
}

}  // namespace reel::inline REEL_PRECISION
