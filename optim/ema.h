// An average of the weights over the steps of a training, often better than the last ones.
#pragma once

#include <functional>

#include <reel/core/io/state.h>
#include <reel/core/location.h>

namespace reel::inline REEL_PRECISION {

struct EmaOptions {
  double decay = 0.999;  ///< how much of the average stays in an update(), in [0, 1)
};

/// average = decay * average + (1 - decay) * tensor for each tensor of a module's state, its parameters and
/// buffers; the first update copies it, so that the weights before the training have no part in it. As
/// torch.optim.swa_utils.AveragedModel with an EMA and use_buffers.
/// Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
class Ema : public Stateful {
 public:
  /// `module` is any Stateful, usually a Module; it must outlive the average and keep its tensors.
  explicit Ema(const Stateful& module, EmaOptions options = {}, Location where = {});

  /// Call it after each optimizer.step().
  void update();
  /// Exchanges the averages and the module's tensors: once to evaluate with the averages, and once more to
  /// train on.
  void swap();

  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  const Stateful& module_;
  double decay_;
  State average_;  // and how many "updates" it has seen
};

}  // namespace reel::inline REEL_PRECISION
