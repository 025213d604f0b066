// Stochastic gradient descent.
#pragma once

#include <reel/core/copied_by_member.h>
#include <reel/optim/optimizer.h>

namespace reel::inline REEL_PRECISION {

struct SGDOptions {
  double lr = 1e-3;  ///< learning rate
  double momentum = 0;
  double dampening = 0;     ///< the gradient enters the momentum times 1 - dampening, but for the first
  double weight_decay = 0;  ///< g += weight_decay * w
  bool nesterov = false;    ///< needs momentum and no dampening
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// w -= lr * b with b = momentum * b + (1 - dampening) * g, starting as b = g; with Nesterov's momentum
/// w -= lr * (g + momentum * b). As torch.optim.SGD; Sutskever et al., "On the importance of initialization
/// and momentum in deep learning", ICML 2013.
class SGD : public Optimizer {
 public:
  explicit SGD(Located<std::vector<Parameter*>> parameters, SGDOptions options = {});
  template <std::floating_point Lr, class... Rest>
  SGD(const std::vector<Parameter*>&, Lr, Rest...) {
    static_assert(detail::kNever<Lr>, "options have names: SGD(parameters, {.lr = 0.1})");
  }
  explicit SGD(const ParameterGroups<SGDOptions>& groups);

 private:
  std::span<const char* const> state_names() const override;
  bool needs_state(std::size_t i, std::size_t group) const override;
  void update(Slot& slot, const Tensor& gradient, std::int64_t t, bool fresh) override;
  double& lr_of(std::size_t group) override { return options_[group].lr; }
  double& momentum_of(std::size_t group) override { return options_[group].momentum; }

  std::vector<SGDOptions> options_;
};

}  // namespace reel::inline REEL_PRECISION
