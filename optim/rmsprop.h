// RMSProp.
#pragma once

#include <reel/core/copied_by_member.h>
#include <reel/optim/optimizer.h>

namespace reel::inline REEL_PRECISION {

struct RMSPropOptions {
  double lr = 1e-2;         ///< learning rate
  double alpha = 0.99;      ///< how much of the averages stays in a step
  double eps = 1e-8;        ///< added to the root
  double weight_decay = 0;  ///< g += weight_decay * w
  double momentum = 0;
  bool centered = false;  ///< divide by the deviation from the gradient's mean, not by its magnitude
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// w -= lr * g / (sqrt(v) + eps) with v the running average of g^2; with momentum the quotient goes through
/// b = momentum * b + quotient. As torch.optim.RMSprop; Hinton, "Neural networks for machine learning",
/// lecture 6e, 2012; centered: Graves, arXiv:1308.0850.
class RMSProp : public Optimizer {
 public:
  explicit RMSProp(Located<std::vector<Parameter*>> parameters, RMSPropOptions options = {});
  template <std::floating_point Lr, class... Rest>
  RMSProp(const std::vector<Parameter*>&, Lr, Rest...) {
    static_assert(detail::kNever<Lr>, "options have names: RMSProp(parameters, {.lr = 0.1})");
  }
  explicit RMSProp(const ParameterGroups<RMSPropOptions>& groups);

 private:
  std::span<const char* const> state_names() const override;
  bool needs_state(std::size_t i, std::size_t group) const override;
  void update(Slot& slot, const Tensor& gradient, std::int64_t t, bool fresh) override;
  double& lr_of(std::size_t group) override { return options_[group].lr; }
  double& momentum_of(std::size_t group) override { return options_[group].momentum; }

  std::vector<RMSPropOptions> options_;
};

}  // namespace reel::inline REEL_PRECISION
