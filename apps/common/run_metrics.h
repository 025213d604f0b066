// The rows of --metrics: what the report shows, in numbers. The README lists their keys.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "common/evaluation.h"
#include "common/finished_run.h"

namespace reel::apps {

/// Opens --metrics where a path is given; of a run that is resumed, `step` steps are done.
void open_metrics(RunRecord& record, const std::string& path, Index step = 0);
/// Writes a row of it, where it is open.
void write_metrics(RunRecord& record, const nlohmann::ordered_json& row);

/// After an epoch, whose numbers are the last in the record: what came of it, and its steps.
nlohmann::ordered_json epoch_row(const RunRecord& record, double images_per_second);

/// At the end: what came of the run.
nlohmann::ordered_json end_row(const FinishedRun& run, const Evaluation& test);

}  // namespace reel::apps
