#include "common/training_flags.h"

#include <fmt/format.h>
#include <reel/core/io/file.h>
#include <reel/core/run/checkpoint_folder.h>

#include "common/mistakes.h"
#include "common/output.h"
#include "common/output_files.h"
#include "common/processes.h"

namespace reel::apps {

Index default_shards() { return under_mpirun() ? 8 : 1; }

namespace {

void add_output_flags(CLI::App& app, TrainingFlags& flags) {
  const auto file = [&](const char* name, std::string& path, const char* help) {
    return app.add_option(name, path, help)->check(path_name())->group(kFiles);
  };
  file("--save", flags.save, "Write the weights to this safetensors file");
  file("--onnx", flags.onnx,
       "Write the network to this ONNX file; its input is what the transform makes of images");
  file("--metrics", flags.metrics, "Write the numbers of the run to this file as JSON lines");
  file("--report", flags.report, "Write a report to this HTML file");
  CLI::Option* folder = file("--checkpoint", flags.checkpoint, "Keep checkpoints in this folder");
  app.add_option("--every", flags.every, "Steps between two checkpoints; 0: one after each epoch")
      ->check(CLI::Range(0, 1 << 30))
      ->needs(folder)
      ->group(kFiles)
      ->capture_default_str();
  app.add_option("--keep", flags.keep, "Checkpoints to keep, besides the best")
      ->check(CLI::Range(1, 1000000))
      ->needs(folder)
      ->group(kFiles)
      ->capture_default_str();
  app.add_flag("--resume", flags.resume, "Go on from the latest checkpoint of the folder")
      ->needs(folder)
      ->group(kFiles);
}

}  // namespace

void add_training_flags(CLI::App& app, TrainingFlags& flags) {
  const auto number = [&](const char* name, double& value, const char* help) {
    return app.add_option(name, value, help)->capture_default_str();
  };
  app.add_option("--epochs", flags.epochs, "Passes over the training images")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--batch", flags.batch, "Images in a batch")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--accumulate", flags.accumulate, "Batches whose gradients make one step")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--shards", flags.shards,
                 "Parts of a batch, each a batch of its own, that processes share; under mpirun 8")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_flag("!--no-overlap", flags.overlap,
               "Send gradients to other processes after backward, not meanwhile; the result is the same")
      ->group(kHowItRuns);
  number("--label-smoothing", flags.label_smoothing, "Share of the target that all classes have alike")
      ->check(number_in(0, 1));
  number("--clip", flags.clip, "Largest norm of all gradients together; 0: no limit")->check(number_from(0));
  number("--ema", flags.ema, "Decay of an average of the weights, which is evaluated and saved; 0: none")
      ->check(number_in(0, 0.999999));
  app.add_option("--load", flags.load, "Start from the weights of this safetensors file or checkpoint")
      ->check(path_name());
  app.add_flag("--profile", flags.profile, "Print time and bytes by layer and op at the end")
      ->group(kHowItRuns);
  add_output_flags(app, flags);
}

void share_work(TrainingFlags& flags, Settings& settings) {
  require_mpi();
  settings.set_before("--shards", "1");
  processes().require_equal(settings.state().texts);
  if (processes().size() > flags.shards) {
    throw UsageError(fmt::format("--shards {}: there are {} processes; start as many as shards at most",
                                 flags.shards, processes().size()));
  }
  if (under_mpirun()) {
    print_text("{} process{} under mpirun, {} shard{} of a batch\n", processes().size(),
               processes().size() == 1 ? "" : "es", flags.shards, flags.shards == 1 ? "" : "s");
  }
  if (processes().rank() == 0) return;
  flags.save = flags.onnx = flags.metrics = flags.report = flags.checkpoint = "";
  flags.every = 0;
  flags.resume = flags.profile = false;
}

void share_data(Settings& settings, const std::optional<std::string>& train, const std::string& test) {
  if (train) settings.add("the training set", *train);
  settings.add("the test set", test);
  processes().require_equal(settings.state().texts);
}

namespace {

void check_distinct_from_checkpoints(const TrainingFlags& flags, const std::vector<NamedPath>& files) {
  if (flags.checkpoint.empty()) return;
  for (const NamedPath& file : files) {
    const std::filesystem::path end = canonical_path(file.path);
    if (!file.path.empty() && end.parent_path() == canonical_path(flags.checkpoint) &&
        CheckpointFolder::owns(end.filename().string())) {
      throw UsageError(fmt::format("{} {} has the name of a checkpoint in --checkpoint {}; give another",
                                   file.name, file.path.string(), flags.checkpoint));
    }
  }
}

}  // namespace

void check_files(const TrainingFlags& flags, const std::vector<std::filesystem::path>& data) {
  const std::vector<NamedPath> files{{"--save", flags.save},
                                     {"--onnx", flags.onnx},
                                     {"--metrics", flags.metrics},
                                     {"--report", flags.report}};
  std::vector<NamedPath> outputs = files, inputs{{"--load", flags.load}};
  outputs.push_back({"--checkpoint", flags.checkpoint});
  for (std::size_t n = 1; n <= kMistakesExplained && !flags.report.empty(); n++)
    outputs.push_back({"the page of --report", mistake_path(flags.report, n)});
  for (const std::filesystem::path& path : data) inputs.push_back({"the data file", path});
  check_distinct(outputs, inputs);
  check_distinct_from_checkpoints(flags, files);
  for (const NamedPath& file : {NamedPath{"--save", flags.save}, NamedPath{"--onnx", flags.onnx},
                                NamedPath{"--report", flags.report}}) {
    if (!file.path.empty())
      with_label([&] { return file.name; }, [&] { check_writable(file.path.string()); });
  }
}

}  // namespace reel::apps
