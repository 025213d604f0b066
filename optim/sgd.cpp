#include <reel/optim/sgd.h>

#include <array>
#include <utility>

#include <reel/core/kernels/detail/optimizer.h>

namespace reel::inline REEL_PRECISION {

SGD::SGD(Located<std::vector<Parameter*>> parameters, SGDOptions options)
    : SGD(ParameterGroups<SGDOptions>({{std::move(parameters), options}}, parameters.where)) {}

SGD::SGD(const ParameterGroups<SGDOptions>& groups) : Optimizer("SGD", groups.where) {
  for (const auto& [parameters, options] : groups) {
    check_lr(options.lr);
    check_momentum(options.momentum);
    check_.finite("dampening", options.dampening);
    check_.non_negative("weight_decay", options.weight_decay);
    check_.require(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
                   "momentum is {} and dampening is {}; nesterov needs a momentum above 0 and no dampening",
                   options.momentum, options.dampening);
    options_.push_back(options);
    add_group(parameters);
  }
}

std::span<const char* const> SGD::state_names() const {
  static constexpr std::array kNames{"momentum_buffer"};
  return kNames;
}

bool SGD::needs_state(std::size_t, std::size_t group) const { return options_[group].momentum > 0; }

void SGD::update(Slot& slot, const Tensor& gradient, std::int64_t, bool fresh) {
  const SGDOptions& options = options_[slot.group];
  Tensor& value = slot.parameter->value;
  kernels::sgd_update(value.mutable_data(), gradient.data(),
                      options.momentum > 0 ? slot.state[0].mutable_data() : nullptr, value.numel(),
                      {.lr = options.lr,
                       .momentum = options.momentum,
                       .dampening = fresh ? 0 : options.dampening,
                       .weight_decay = options.weight_decay,
                       .nesterov = options.nesterov});
}

}  // namespace reel::inline REEL_PRECISION
