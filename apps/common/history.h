// What a training run measured on its way; a checkpoint keeps it.
#pragma once

#include <cstdint>
#include <functional>

#include <reel/reel.h>

#include "common/chart.h"

namespace reel::apps {

/// Sums over the images of an epoch so far.
struct EpochSums {
  double loss_sum = 0;
  double cross_entropy_sum = 0;  ///< likewise, without label smoothing
  std::int64_t images = 0, correct = 0;
};

/// Curves, and the sums of the epoch in progress.
struct History : Stateful, EpochSums {
  Series step_loss{"training, mean of a step", {}};
  Series learning_rate{"learning rate", {}};
  Series train_loss{"training, as minimised", {}};
  /// After each epoch, both without label smoothing, so that they can be compared.
  Series train_cross_entropy{"training, mean over the epoch", {}}, test_loss{"test, after the epoch", {}};
  Series train_accuracy{"training", {}}, test_accuracy{"test", {}};  ///< after each epoch
  std::int64_t step = 0;                                             ///< steps done
  double seconds = 0;                                                ///< in training steps, of the whole run
  double best_accuracy = -1;                                         ///< after an epoch, on the test images

  State state() const override;
  std::function<void()> prepare_load(const State& state) override;
};

}  // namespace reel::apps
