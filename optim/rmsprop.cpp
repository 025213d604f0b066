#include <reel/optim/rmsprop.h>

#include <array>
#include <utility>

#include <reel/core/kernels/detail/optimizer.h>

namespace reel::inline REEL_PRECISION {

namespace {
enum : std::size_t { kSquare, kMean, kBuffer };
}

RMSProp::RMSProp(Located<std::vector<Parameter*>> parameters, RMSPropOptions options)
    : RMSProp(ParameterGroups<RMSPropOptions>({{std::move(parameters), options}}, parameters.where)) {}

RMSProp::RMSProp(const ParameterGroups<RMSPropOptions>& groups) : Optimizer("RMSProp", groups.where) {
  for (const auto& [parameters, options] : groups) {
    check_lr(options.lr);
    check_momentum(options.momentum);
    check_.within("alpha", options.alpha, 0, 1);
    check_.non_negative("eps", options.eps);
    check_.non_negative("weight_decay", options.weight_decay);
    options_.push_back(options);
    add_group(parameters);
  }
}

std::span<const char* const> RMSProp::state_names() const {
  static constexpr std::array kNames{"square_avg", "grad_avg", "momentum_buffer"};
  return kNames;
}

bool RMSProp::needs_state(std::size_t i, std::size_t group) const {
  const RMSPropOptions& options = options_[group];
  return i == kSquare || (i == kMean && options.centered) || (i == kBuffer && options.momentum > 0);
}

void RMSProp::update(Slot& slot, const Tensor& gradient, std::int64_t, bool) {
  const RMSPropOptions& options = options_[slot.group];
  Tensor& value = slot.parameter->value;
  kernels::rmsprop_update(value.mutable_data(), gradient.data(), slot.state[kSquare].mutable_data(),
                          options.centered ? slot.state[kMean].mutable_data() : nullptr,
                          options.momentum > 0 ? slot.state[kBuffer].mutable_data() : nullptr, value.numel(),
                          {.lr = options.lr,
                           .alpha = options.alpha,
                           .eps = options.eps,
                           .weight_decay = options.weight_decay,
                           .momentum = options.momentum});
}

}  // namespace reel::inline REEL_PRECISION
