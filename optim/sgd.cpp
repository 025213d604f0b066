#include <reel/optim/sgd.h>

#include <array>
#include <utility>

#include <reel/core/kernels/optimizer.h>

namespace reel::inline REEL_PRECISION {

SGD::SGD(std::vector<Parameter*> parameters, SGDOptions options, Location where)
    : SGD({{std::move(parameters), options}}, where) {}

SGD::SGD(const ParameterGroups<SGDOptions>& groups, Location where) : Optimizer("SGD", where) {
  for (const auto& [parameters, options] : groups) {
    check_lr(options.lr);
    check_momentum(options.momentum);
    check_(options.weight_decay >= 0, "weight_decay", options.weight_decay, "0 or more");
    if (options.nesterov) {
      check_(options.momentum > 0, "momentum", options.momentum, "above 0 with nesterov");
      check_(options.dampening == 0, "dampening", options.dampening, "0 with nesterov");
    }
    options_.push_back(options);
    add_group(parameters);
  }
}

std::span<const char* const> SGD::state_names() const {
  static constexpr std::array kNames{"momentum_buffer"};
  return kNames;
}

bool SGD::needs_state(std::size_t, std::size_t group) const { return options_[group].momentum > 0; }

void SGD::update(Slot& slot, std::int64_t, bool fresh) {
  const SGDOptions& options = options_[slot.group];
  Tensor& value = slot.parameter->value;
  kernels::sgd_update(value.mutable_data(), slot.parameter->grad.data(),
                      options.momentum > 0 ? slot.state[0].mutable_data() : nullptr, value.numel(),
                      {.lr = options.lr,
                       .momentum = options.momentum,
                       .dampening = fresh ? 0 : options.dampening,
                       .weight_decay = options.weight_decay,
                       .nesterov = options.nesterov});
}

}  // namespace reel::inline REEL_PRECISION
