// Resumes a run from a checkpoint and a metrics file, either of ours that was changed: it goes on, and could
// be resumed again, or it is refused with an Error, and then nothing has changed.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>

#include <reel/core/io/file.h>
#include <reel/reel.h>
#include <nlohmann/json.hpp>

#include "changed_file.h"
#include "common/run_report.h"
#include "common/settings.h"
#include "common/trainer.h"
#include "memory_file.h"
#include "small_training.h"

namespace {

using namespace reel;
using namespace reel::apps;
namespace fs = std::filesystem;

constexpr const char *kStepName = "step-00000002.safetensors", *kBestName = "best.safetensors";

const fs::path& run_folder() {
  static const fs::path path = reel_fuzz::folder() / "run";
  return path;
}

std::string metrics_path() { return (reel_fuzz::folder() / "metrics").string(); }

Settings given() {
  static const Settings settings = [] {
    CLI::App app;
    double lr = 0.1;
    int epochs = 2;
    app.add_option("--lr", lr)->capture_default_str();
    app.add_option("--epochs", epochs)->capture_default_str();
    Settings read(app);
    read.allow_more("--epochs");
    return read;
  }();
  return settings;
}

struct Run {
  explicit Run(int epochs)
      : flags{.epochs = epochs,
              .batch = 2,
              .metrics = metrics_path(),
              .report = (reel_fuzz::folder() / "report").string(),
              .checkpoint = run_folder().string(),
              .resume = true} {}

  /// A folder without a checkpoint is a new run's.
  void start() {
    trainer.emplace(TrainingParts{net, optimizer, schedule, loader, images, {}, settings}, flags, record);
  }
  bool starts() {
    try {
      start();
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  std::vector<State> states() const {
    std::vector<State> states;
    for (const Stateful* part :
         std::initializer_list<const Stateful*>{&net, &optimizer, &schedule, &loader, &settings,
                                                &record.history, &record.ranges, &record.filters}) {
      states.push_back(part->state().clone());
    }
    return states;
  }

  TrainingFlags flags;
  reel_test::SmallNet net;
  reel_test::FourImages images;
  Loader loader{images, {.batch = 2, .shuffle = true, .seed = 1, .prefetch = 0}};
  SGD optimizer{net.parameters(), {.lr = 0.1, .momentum = 0.9}};
  OneCycleLR schedule{optimizer, {.max_lr = 0.1, .total_steps = 4}};
  Settings settings = given();
  RunRecord record;
  std::optional<Trainer> trainer;
};

// What every run has left after its first epoch.
const Safetensors& saved() {
  static const Safetensors file = [] {
    Run run(1);
    run.start();
    run.trainer->run();
    return read_safetensors((run_folder() / kStepName).string());
  }();
  return file;
}

// The lines of a metrics file that a resumed run keeps are objects, and stood there in that order.
void check_kept(const std::string& before, const std::string& after) {
  std::istringstream all(before), kept(after);
  std::string line, other;
  while (std::getline(kept, line)) {
    bool found = false;
    while (!found && std::getline(all, other)) found = other == line;
    if (!found || !nlohmann::json::parse(line, nullptr, false).is_object()) std::abort();
  }
}

// Makes the run's folder hold that file alone; its path.
std::string put_alone(const char* name, const Safetensors& file) {
  fs::remove_all(run_folder());
  fs::create_directory(run_folder());
  const std::string path = (run_folder() / name).string();
  write_safetensors(path, file.state, file.metadata);
  return path;
}

// Another epoch, and the end of the run; what it leaves can be resumed.
void go_on(Run& run) {
  run.trainer->run();
  finish_run({run.net, run.images, {{}}, run.flags, run.record, "fuzz", {}});
  run.trainer.reset();  // and with it the lock
  if (!Run(2).starts()) std::abort();
}

void resume(reel_fuzz::Bytes in) {
  const bool best = in.flip(), goes_on = in.flip();
  reel_fuzz::Bytes changes = in.part(in.byte());
  Safetensors file = saved();
  while (changes.left()) reel_fuzz::change(file, changes);
  const std::string path = put_alone(best ? kBestName : kStepName, file), content = read_bytes(path);
  const std::string lines = in.text();
  reel_fuzz::file("metrics", lines);
  Run run(2);
  const std::vector<State> before = run.states();
  if (!run.starts()) {
    if (!std::ranges::equal(before, run.states(), reel_test::same)) std::abort();
    if (read_bytes(path) != content || read_bytes(metrics_path()) != lines) std::abort();
    return;
  }
  if (run.record.history.step > 0) check_kept(lines, read_bytes(metrics_path()));
  if (goes_on) go_on(run);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  set_num_threads(1);
  return std::freopen("/dev/null", "w", stdout) ? 0 : 1;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  seed(1);
  try {
    resume(reel_fuzz::Bytes({bytes, size}));
  } catch (const Error&) {  // say names that no file holds, or a step beyond the schedule's end
  }
  return 0;
}
