// Shows what a network that reads digits has learned: in the terminal and as a page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/reel.h>

#include "common/evaluation.h"
#include "common/report.h"

namespace reel::apps {

/// What a training run measured on its way.
struct History {
  Series step_loss{"training loss, mean of a step", {}};
  Series test_accuracy{"test accuracy", {}};  ///< after each epoch
  Series learning_rate{"learning rate", {}};  ///< of each step
  double seconds = 0;                         ///< in training steps
  Index images = 0;
};

/// Prints the confusion matrix and draws a few digits that were read right, and the worst mistakes.
void show_evaluation(const Dataset& dataset, const Evaluation& evaluation);

/// Writes a page with `facts` (name and value), curves, confusion matrix and the worst mistakes. An IoError
/// where it cannot be written.
void write_digit_report(const std::string& path,
                        const std::vector<std::pair<std::string, std::string>>& facts, const History& history,
                        const Dataset& dataset, const Evaluation& evaluation);

}  // namespace reel::apps
