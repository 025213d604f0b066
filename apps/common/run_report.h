// How a training run ends: files written, the result shown in the terminal and on a page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/reel.h>

#include "common/evaluation.h"
#include "common/report.h"
#include "common/run_record.h"
#include "common/training_flags.h"

namespace reel::apps {

/// Names and values that say what the run was.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// How many of the worst mistakes the page and the metrics have.
constexpr std::size_t kMistakesShown = 24;

/// A run whose training, if there was any, has ended.
struct FinishedRun {
  Module& net;
  const Dataset& test;
  std::vector<Transform> test_views;
  const TrainingFlags& flags;
  RunRecord& record;  ///< empty where nothing was trained
  std::string title;  ///< of the report
  Facts facts;
  std::vector<Picture> training_images = {};  ///< to show in the report, as the network got them
};

/// Its facts, and what they are for every program: epochs, batch, time.
Facts all_facts(const FinishedRun& run);

/// Saves the weights, evaluates, prints, and writes the report and the last line of the metrics; the last
/// line printed is the test accuracy. Returns the program's exit status; after Ctrl-C, be it in the
/// evaluation, the weights are saved and nothing else is done. A file that could not be written, be it the
/// run's checkpoint or its metrics, is an IoError, after all of this.
int finish_run(const FinishedRun& run);

}  // namespace reel::apps
