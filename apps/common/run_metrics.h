// The rows of --metrics: what the report shows, in numbers. The README lists their keys.
#pragma once

#include <nlohmann/json.hpp>

#include "common/evaluation.h"
#include "common/finished_run.h"

namespace reel::apps {

/// After an epoch, whose numbers are the last in the record: what came of it, and its steps.
nlohmann::ordered_json epoch_row(const RunRecord& record, double images_per_second);

/// At the end: what came of the run.
nlohmann::ordered_json end_row(const FinishedRun& run, const Evaluation& test);

}  // namespace reel::apps
