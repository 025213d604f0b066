#include "common/trainer.h"

#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "compare_support.h"
#include "small_training.h"
#include "support.h"

using namespace reel;
using namespace reel::apps;
using namespace reel_test;

namespace {

// One that may be interrupted in the midst of a step.
struct StoppingNet : SmallNet {
  int forwards_left = -1;  // before that; below 0: never
  Var forward(Var x) override {
    if (forwards_left-- == 0) throw Interrupted("enough");
    return SmallNet::forward(std::move(x));
  }
};

// All that a Trainer wants, of four images.
struct SmallRun {
  SmallRun(const std::filesystem::path& folder, int epochs)
      : flags{.epochs = epochs,
              .batch = 2,
              .metrics = (folder / "metrics").string(),
              .checkpoint = (folder / "run").string(),
              .resume = true} {}

  void train() { Trainer({net, optimizer, schedule, loader, images, {}, settings}, flags, record).run(); }

  TrainingFlags flags;
  StoppingNet net;
  FourImages images;
  Loader loader{images, {.batch = 2, .prefetch = 0}};
  SGD optimizer{net.parameters(), {.lr = 0.1}};
  StepLR schedule{optimizer, {.step_size = 100}};
  Settings settings{CLI::App()};
  RunRecord record;
};

}  // namespace

TEST_CASE(
    "An epoch has the number that the history gives it, wherever a checkpoint says that its loader stands") {
  const TempDir folder;
  SmallRun(folder.path(), 1).train();
  const std::string path = (folder.path() / "run" / "step-00000002.safetensors").string();
  Safetensors file = read_safetensors(path);
  file.metadata["integer:loader.epoch"] = "0";
  file.metadata["integer:history.images"] = "4";  // of an epoch that was not evaluated
  write_safetensors(path, file.state, file.metadata);
  SmallRun resumed(folder.path(), 1);
  resumed.train();
  CHECK(resumed.record.history.train_loss.points.back().first == 3);
  SmallRun(folder.path(), 1).train();
}

TEST_CASE("A run counts no more images than its checkpoint's reader takes") {
  const TempDir folder;
  SmallRun first(folder.path(), 1);
  first.flags.every = 1;
  first.train();
  const std::filesystem::path run = folder.path() / "run", within = run / "step-00000001.safetensors";
  Safetensors file = read_safetensors(within.string());
  file.metadata["integer:history.images"] = "9007199254740992";
  std::filesystem::remove(run / "step-00000002.safetensors");
  write_safetensors(within.string(), file.state, file.metadata);
  CHECK_THROWS_WITH_AS(SmallRun(folder.path(), 1).train(),
                       doctest::Contains("images of the epoch is 9007199254740992"), Error);
}

TEST_CASE("A step that is interrupted in its last batch is as if it had not begun") {
  const auto trained = [](int forwards) {
    const TempDir folder;
    seed(1);
    SmallRun run(folder.path(), 2);
    run.flags.shards = run.flags.accumulate = 2;
    run.net.forwards_left = forwards;
    run.train();  // nobody asks it to end, so it goes on from there
    CHECK(run.record.history.step == 2);
    CHECK(run.record.history.step_loss.points.size() == 2);
    return std::pair(run.net.state().clone(), run.record.history.step_loss.points);
  };
  const auto expected = trained(-1);
  // An epoch is a step of two batches of two shards, and an evaluation: the fourth forward of the second step.
  const auto interrupted = trained(8);
  CHECK(same(interrupted.first, expected.first));
  CHECK(interrupted.second == expected.second);
}
