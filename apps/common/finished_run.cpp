#include "common/finished_run.h"

#include <fmt/format.h>

#include "common/processes.h"

namespace reel::apps {

Shape input_of(const FinishedRun& run) {
  const Shape& image = run.test.sample_shape();
  return {1, image[0], image[1], image[2]};
}

Facts all_facts(const FinishedRun& run) {
  Facts facts = run.facts;
  if (!run.flags.load.empty()) facts.emplace_back("initial weights", run.flags.load);
  const History& history = run.record.history;
  if (history.step > 0) {
    facts.emplace_back("epochs", fmt::format("{}", run.flags.epochs));
    facts.emplace_back("batch", fmt::format("{}", run.flags.batch));
    if (run.flags.label_smoothing > 0)
      facts.emplace_back("label smoothing", fmt::format("{}", run.flags.label_smoothing));
    const std::string threads = fmt::format("{} thread{}", num_threads(), num_threads() == 1 ? "" : "s");
    const int count = processes().size();
    facts.emplace_back("training",
                       fmt::format("{:.1f} s, {} steps, {}{}", history.seconds, history.step,
                                   count > 1 ? fmt::format("{} processes of ", count) : "", threads));
    if (run.flags.shards > 1) facts.emplace_back("shards", fmt::format("{} of a batch", run.flags.shards));
  }
  return facts;
}

}  // namespace reel::apps
