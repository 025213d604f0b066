// What is known of a training run at its end.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <reel/reel.h>

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
  const LabelledImages& test;
  std::vector<Transform> test_views;
  const TrainingFlags& flags;
  RunRecord& record;  ///< empty where nothing was trained
  std::string title;  ///< of the report
  Facts facts;
  std::vector<Picture> training_images = {};  ///< to show in the report, as the network got them
};

/// Its facts, and what they are for every program: epochs, batch, time.
Facts all_facts(const FinishedRun& run);

}  // namespace reel::apps
