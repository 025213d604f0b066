// An average of the weights over the steps of a training, often better than the last ones.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <reel/core/io/state.h>
#include <reel/core/location.h>
#include <reel/core/option_check.h>

namespace reel::inline REEL_PRECISION {

struct EmaOptions {
  double decay = 0.999;  ///< how much of the average stays in an update(), in [0, 1)
};

/// average = decay * average + (1 - decay) * tensor for each tensor of a module's state, its parameters and
/// buffers; the first update copies it, so that the weights before the training have no part in it. Names
/// that share a tensor have one average. As torch.optim.swa_utils.AveragedModel with an EMA and use_buffers.
/// Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
class Ema : public Stateful {
 public:
  /// `module` is any Stateful, usually a Module; it must outlive the average and keep its tensors.
  explicit Ema(Located<Stateful&> module, EmaOptions options = {});

  /// Call it after each optimizer.step(). One after 2^53 is an Error.
  void update();
  /// Exchanges the averages and the module's tensors: once to evaluate with the averages, and once more to
  /// train on. Between the two, update(), state() and load_state() are Errors, and where the module's tensors
  /// were changed, so is the second swap(), which would lose that. Where it throws, as for lack of memory,
  /// nothing is exchanged, and each keeps what it has. Before the first update() there is no average, and the
  /// module stays as it is.
  void swap();

  State state() const override;
  std::function<void()> prepare_load(const State& state) override;

 private:
  void check_not_swapped(std::string_view function) const;

  const OptionCheck check_;
  Stateful& module_;
  double decay_;
  State average_;  // and how many "updates" it has seen; its names share tensors where the module's do
  bool swapped_ = false;
  std::vector<std::uint64_t> swapped_in_;  // the versions of the module's tensors, of an average each
};

}  // namespace reel::inline REEL_PRECISION
