// The training loop: steps, evaluation after each epoch, checkpoints, and what people watch meanwhile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "common/evaluation.h"
#include "common/run_record.h"
#include "common/settings.h"
#include "common/training_flags.h"

namespace reel::apps {

/// What a run consists of; all of it outlives the Trainer.
struct TrainingParts {
  Module& net;
  Optimizer& optimizer;
  Schedule& schedule;  ///< goes on with each step
  Loader& loader;
  const LabelledImages& test;
  Transform test_transform;
  Settings& settings;  ///< what a run that is resumed must have as it was
};

/// Trains a classifier with cross-entropy, in shards that the program's processes share. With checkpoints, a run that
/// was stopped anywhere and resumed, be it on another number of processes, ends with the same bits as one that never
/// stopped.
class Trainer {
 public:
  /// Writes down in `record` what happens. Goes on from a checkpoint where `flags` say so and there is one;
  /// otherwise it starts, from the weights of --load where that is given. An Error where the folder has
  /// checkpoints of a run that is not to be resumed, or of one with other settings, or another process's.
  Trainer(TrainingParts parts, const TrainingFlags& flags, RunRecord& record);

  /// All epochs that are left, or as many steps as there is time for until Ctrl-C, which ends an evaluation
  /// too. With --ema the module has the averaged weights afterwards. An Error where the loss, a gradient or a
  /// weight is not finite any more, with what made it so; nothing is saved of it.
  void run();

 private:
  std::vector<CheckpointPart> checkpoint_parts();
  void resume();
  void keep_better_best();
  Progress progress_of_epoch(Index epoch) const;
  void train_epoch();
  void train_batch(const Batch& batch, Index in_step, Progress& progress);
  Index add_gradients(const Batch& batch, Index batches_in_step);
  ShardResult forward(Tape& tape, const Batch& shard, Index batches_in_step, double share);
  void begin_step();
  void back_to_step_start(Index batches);
  Var loss_of(Var logits, const Batch& batch) const;
  double cross_entropy_of(Var logits, const Batch& batch, double loss) const;
  bool wants_ranges() const;
  void update();
  void end_epoch(Progress& progress);
  void note_epoch(std::int64_t epoch, const Evaluation& test);
  void interrupted(Progress& progress);
  void save_checkpoint();
  void check_gradients(const Batch& batch);
  void check_weights() const;
  void check(const std::string& fault, std::int64_t step) const;
  double epoch_loss() const { return history_.loss_sum / static_cast<double>(history_.images); }
  double epoch_accuracy() const {
    return static_cast<double>(history_.correct) / static_cast<double>(history_.images);
  }

  TrainingParts parts_;
  const TrainingFlags& flags_;
  RunRecord& record_;
  History& history_;
  std::optional<Ema> ema_;
  std::optional<CheckpointFolder> folder_;
  DataParallel parallel_;
  double step_loss_ = 0;  // of the batches of the step in progress
  // What the batches of the step in progress have changed already, as it was before.
  struct StepStart {
    GeneratorState generator;
    EpochSums sums;
    std::optional<RunningState> net = {};  // where it is needed
  };
  StepStart step_start_;
};

}  // namespace reel::apps
