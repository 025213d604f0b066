// All that a training run leaves behind besides its weights.
#pragma once

#include <reel/reel.h>

#include "common/history.h"
#include "common/layer_ranges.h"
#include "common/metrics_log.h"

namespace reel::apps {

/// What the training adds to while it runs.
struct RunRecord {
  History history;
  LayerRanges ranges;
  Profile profile;  ///< of the steps since the program was started
  MetricsLog metrics;
  bool checkpoint_failed = false;  ///< the last one, so that the run cannot go on from where it stands
};

}  // namespace reel::apps
