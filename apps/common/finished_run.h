// What is known of a training run at its end.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/reel.h>

#include "common/pictures.h"
#include "common/run_record.h"
#include "common/training_flags.h"

namespace reel::apps {

/// Names and values that say what the run was.
using Facts = std::vector<std::pair<std::string, std::string>>;

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

/// A batch of one of the images that the network is for.
Shape input_of(const FinishedRun& run);

/// Its facts, and what they are for every program: epochs, batch, time.
Facts all_facts(const FinishedRun& run);

}  // namespace reel::apps
