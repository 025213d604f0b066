// All that a training run leaves behind besides its weights.
#pragma once

#include <optional>
#include <string>

#include <reel/reel.h>

#include "common/filters.h"
#include "common/history.h"
#include "common/layer_ranges.h"

namespace reel::apps {

/// What the training adds to while it runs.
struct RunRecord {
  History history;
  LayerRanges ranges;
  FilterHistory filters;
  Profile profile;                   ///< of the steps since the program was started
  std::optional<JsonLines> metrics;  ///< see open_metrics()
  std::string checkpoint_failure;  ///< why the last checkpoint or the best is not there; empty where both are
};

}  // namespace reel::apps
