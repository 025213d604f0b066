// What a report says of a training run.
#pragma once

#include "common/evaluation.h"
#include "common/finished_run.h"

namespace reel::apps {

/// Writes --report and the pages of the worst mistakes beside it. An IoError where the report cannot be written; of
/// a page that cannot, it says why.
void write_training_report(const FinishedRun& run, const Evaluation& evaluation);

}  // namespace reel::apps
