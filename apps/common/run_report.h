// How a training run ends: files written, the result shown in the terminal and on a page.
#pragma once

#include "common/finished_run.h"

namespace reel::apps {

/// Saves the weights, evaluates, prints, and writes the report and the last line of the metrics; the last
/// line printed is the test accuracy. Returns the program's exit status; after Ctrl-C, be it in the
/// evaluation, the weights are saved and nothing else is done. A file that could not be written, be it the
/// run's checkpoint or its metrics, is an IoError, after all of this.
int finish_run(const FinishedRun& run);

}  // namespace reel::apps
