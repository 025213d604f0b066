#include "common/run_metrics.h"

#include <doctest/doctest.h>

#include "compare_support.h"

using namespace reel_test;
using reel::apps::RunRecord;

TEST_CASE("After a checkpoint the numbers of its steps are what they were before") {
  constexpr int kSteps = 10'000;  // of as many numbers some lie where rounding changes
  const reel::RandomStream random(1, 0);
  RunRecord record, resumed;
  for (int step = 1; step <= kSteps; step++) {
    const double number = random.uniform(static_cast<std::uint64_t>(step)) / 3;
    record.history.step_loss.points.emplace_back(step, number);
    record.history.learning_rate.points.emplace_back(step, 1 - number);
  }
  record.history.step = kSteps;
  resumed.history.load_state(record.history.state());
  for (RunRecord* run : {&record, &resumed}) {
    reel::apps::History& history = run->history;
    for (reel::apps::Series* curve : {&history.train_loss, &history.train_cross_entropy,
                                      &history.train_accuracy, &history.test_loss, &history.test_accuracy})
      curve->points.emplace_back(1, 0.5);
  }
  CHECK(reel::apps::epoch_row(resumed, 1) == reel::apps::epoch_row(record, 1));
}
