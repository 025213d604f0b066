// The flags that say how to train and what to leave behind, the same in every program that trains.
#pragma once

#include <string>

#include <reel/core/scalar.h>

#include "common/program.h"

namespace reel::apps {

struct TrainingFlags {
  int epochs = 5;
  Index batch = 64;
  Index accumulate = 1;  ///< batches whose gradients make one step
  double label_smoothing = 0;
  double clip = 0;  ///< largest norm of all gradients; 0: no limit
  double ema = 0;   ///< decay of the weights' average; 0: none
  std::string load = {}, save = {}, metrics = {}, report = {};
  std::string checkpoint = {};  ///< folder; empty: none
  Index every = 0;              ///< steps between two checkpoints; 0: one after each epoch
  int keep = 3;                 ///< how many checkpoints, besides the best
  bool resume = false;
  bool profile = false;
};

/// Adds them all; what `flags` holds is their default. check_training_flags() says in a UsageError what does not
/// go together, and in an IoError which file could not be written, before an hour of training rather than after.
void add_training_flags(CLI::App& app, TrainingFlags& flags);
void check_training_flags(const TrainingFlags& flags);

}  // namespace reel::apps
