// Adam and AdamW.
#pragma once

#include <reel/core/copied_by_member.h>
#include <reel/optim/optimizer.h>

namespace reel::inline REEL_PRECISION {

struct AdamOptions {
  double lr = 1e-3;         ///< learning rate
  double beta1 = 0.9;       ///< how much of the gradient's average stays in a step
  double beta2 = 0.999;     ///< the same of its square's
  double eps = 1e-8;        ///< added to the root
  double weight_decay = 0;  ///< g += weight_decay * w
  bool amsgrad = false;  ///< divide by the largest average of squares so far; Reddi et al., arXiv:1904.09237
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};
struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;  ///< w -= lr * weight_decay * w, apart from the gradient
  bool amsgrad = false;
  [[no_unique_address]] CopiedByMember copied_by_member = {};
};

/// w -= lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) with m and v the running averages of g and
/// g^2. As torch.optim.Adam; Kingma and Ba, arXiv:1412.6980.
class Adam : public Optimizer {
 public:
  explicit Adam(Located<std::vector<Parameter*>> parameters, AdamOptions options = {});
  template <std::floating_point Lr, class... Rest>
  Adam(const std::vector<Parameter*>&, Lr, Rest...) {
    static_assert(detail::kNever<Lr>, "options have names: Adam(parameters, {.lr = 0.1})");
  }
  explicit Adam(const ParameterGroups<AdamOptions>& groups);

 protected:
  /// Where the weight decay of a subclass goes.
  enum class Decay { kIntoGradient, kDecoupled };
  Adam(std::string_view name, Decay decay, const ParameterGroups<AdamOptions>& groups);

 private:
  std::span<const char* const> state_names() const override;
  bool needs_state(std::size_t i, std::size_t group) const override;
  void update(Slot& slot, const Tensor& gradient, std::int64_t t, bool fresh) override;
  double& lr_of(std::size_t group) override { return options_[group].lr; }
  double& momentum_of(std::size_t group) override { return options_[group].beta1; }

  Decay decay_;
  std::vector<AdamOptions> options_;
};

/// Adam with the weight decay apart from the gradient. As torch.optim.AdamW; Loshchilov and Hutter,
/// arXiv:1711.05101.
class AdamW : public Adam {
 public:
  explicit AdamW(Located<std::vector<Parameter*>> parameters, AdamWOptions options = {});
  template <std::floating_point Lr, class... Rest>
  AdamW(const std::vector<Parameter*>&, Lr, Rest...) {
    static_assert(detail::kNever<Lr>, "options have names: AdamW(parameters, {.lr = 0.1})");
  }
  explicit AdamW(const ParameterGroups<AdamWOptions>& groups);
};

}  // namespace reel::inline REEL_PRECISION
